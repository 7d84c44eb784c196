import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import type { Content } from '../core/content.js';
import { AppError, toAppError } from '../core/errors.js';
import type { LinkStore } from '../core/link-store.js';
import type { Logger } from '../core/logger.js';
import type { Meter } from '../core/meter.js';
import type { Provider } from '../core/provider.js';
import type { Client, ContentReader, OpenContent, Peek, ReadFailure, SourceNews } from '../core/reading.js';
import type { Tree } from '../core/tree.js';
import { Agreement } from './agreement.js';
import { AheadBudget } from './ahead-budget.js';
import { Bandwidth } from './bandwidth.js';
import type { BlockCache } from './block-cache.js';
import { blockBytes } from './blocks.js';
import { ContentFile } from './content-file.js';
import type { DiskCache } from './disk/disk-cache.js';
import { Feed, type FeedParts } from './feed.js';
import { FileReader } from './file-reader.js';
import { HttpClient } from './http/client.js';
import type { Patience } from './http/connection.js';
import { LinkKeeper } from './links.js';
import { peek } from './peek.js';
import { Standings } from './standings.js';
import { StreamSlots } from './stream-slots.js';

export interface ContentReaderOptions {
  readonly tree: Pick<Tree, 'content' | 'sources'>;
  readonly links: LinkStore;
  readonly providers: ReadonlyMap<AccountName, Provider>;
  /** The memory of all blocks. */
  readonly memory: BlockCache;
  /** How long a read waits without progress. */
  readonly patienceMs: number;
  /** How long connections to file hosts are waited for; what suits file hosts unless told. */
  readonly connectionPatience?: Patience;
  /** Blocks on disk; null while there are none. Owned by the caller. */
  readonly disk: () => DiskCache | null;
  /** The most that all file hosts together may send in a second; null: no limit. */
  readonly bytesPerSecond: number | null;
  /** Hears of bytes that came from an account's file hosts, piece by piece: it must be quick. */
  readonly onReceived: (account: AccountName, bytes: number) => void;
  /** Hears of what accounts give and refuse. */
  readonly onNews: (news: SourceNews) => void;
  /** Hears of every response of a file host. */
  readonly meter?: Meter | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ReaderStatistics {
  /** Memory of blocks, whoever has them. */
  readonly cachedBytes: number;
  /** Of that, what streams, the disk and waiting readers have. */
  readonly lentBytes: number;
  /** Blocks that went from memory for others. */
  readonly evicted: number;
  readonly hitBytes: number;
  readonly missBytes: number;
  readonly openFiles: number;
  readonly cursors: number;
  readonly waiting: number;
  readonly linkRequests: number;
  /** Open requests to file hosts. */
  readonly slots: number;
}

/** A reader that tells what it did. */
export interface CountingReader extends ContentReader {
  readonly peek: Peek;
  stats(): ReaderStatistics;
  /** Newest first. */
  failures(): readonly ReadFailure[];
  /** An account has another token, so one that was refused for the last is asked again at once. */
  tokenChanged(account: AccountName): void;
  /** Ends every request. */
  close(): void;
}

/**
 * Longest time to the head of a response and longest silence within a body: file hosts answer within a second; two tries, a new
 * link and one more try of 10 s each leave a reader of 60 s patience half of it for another account. And how long an idle
 * connection is kept: a seek comes within seconds, and hosts close after about a minute.
 */
const usualPatience: Patience = { silenceMs: 10_000, idleMs: 20_000 };
/** Contents whose first block is remembered, at the least: many times what is open or cached, some 300 bytes each. */
const leastWitnesses = 10_000;
/** Read failures remembered for the status page. */
const keptFailures = 50;

/** Makes the reading half: blocks in memory, one link per file, streams that go on when something breaks. */
export function createContentReader(options: ContentReaderOptions): CountingReader {
  const { tree, providers, clock, logger, memory: blocks, patienceMs, disk, bytesPerSecond } = options;
  const { silenceMs, idleMs } = options.connectionPatience ?? usualPatience;
  // What is longer than a reader waits is of no use to it.
  const connectionPatience = { silenceMs: Math.min(silenceMs, patienceMs), idleMs };
  const links = new LinkKeeper(options.links, clock, options.onNews, options.meter);
  // Half of the memory at most is for what streams are filling.
  const slots = new StreamSlots(Math.max(1, Math.floor(blocks.maxBytes / (2 * blockBytes))));
  const budget = new AheadBudget(blocks.maxBytes);
  const accounts = new Map(
    [...providers].map(([account, provider]) => {
      const client = new HttpClient(provider.egress, connectionPatience, {
        onHead: (status, seconds) => options.meter?.responded(account, status, seconds),
      });
      return [account, { provider, client }];
    }),
  );
  const parts: FeedParts = {
    sources: ({ id }) => tree.sources(id),
    accounts,
    links,
    standings: new Standings(clock, options.onNews),
    agreement: new Agreement(Math.max(leastWitnesses, Math.ceil((4 * blocks.maxBytes) / blockBytes))),
    slots,
    blocks,
    disk,
    bandwidth: bytesPerSecond === null ? null : new Bandwidth(bytesPerSecond, clock),
    onReceived: options.onReceived,
    clock,
    logger,
  };
  // INVARIANT: holds exactly the files with a reader.
  const files = new Map<string, { readonly file: ContentFile; readers: number }>();
  const failures: ReadFailure[] = [];
  let hitBytes = 0;
  let missBytes = 0;

  const failed = (content: Content, client: Client, thrown: unknown, signal: AbortSignal): AppError => {
    // Where the binding gave up, its reason says more than that the wait was ended.
    const error = toAppError(signal.reason instanceof AppError ? signal.reason : thrown);
    if (error.code === 'aborted') return error;
    failures.unshift({ content: content.id, atMs: clock.now(), error });
    failures.length = Math.min(failures.length, keptFailures);
    logger.warn(
      { code: error.code, file: content.baseName, client: client.name, ...error.context },
      `a read failed: ${error.message}`,
    );
    return error;
  };

  return {
    open(id, pinnedTo, client): OpenContent {
      const content = tree.content(id);
      if (content === undefined) throw new AppError('not-found', 'The file is not in the library.');
      const key = `${id} ${pinnedTo ?? ''}`;
      const entry = files.get(key) ?? {
        file: new ContentFile(new Feed(content, pinnedTo, parts), { blocks, disk, clock, patienceMs }),
        readers: 0,
      };
      files.set(key, entry);
      entry.readers += 1;
      return new FileReader(entry.file, budget, client.isScanner, {
        onHit(bytes) {
          hitBytes += bytes;
        },
        onMiss(bytes) {
          missBytes += bytes;
        },
        onFailure: (thrown, signal) => failed(content, client, thrown, signal),
        onClose() {
          entry.readers -= 1;
          if (entry.readers > 0) return;
          files.delete(key);
          entry.file.close();
        },
      });
    },
    async peek(id, offset, length, signal) {
      const content = tree.content(id);
      if (content === undefined) throw new AppError('not-found', 'The file is not in the library.');
      return peek(new Feed(content, null, parts), { offset, length, patienceMs, clock, signal });
    },
    stats: () => {
      const open = [...files.values()].map(({ file }) => file);
      return {
        cachedBytes: blocks.usedBytes,
        lentBytes: blocks.lentBytes,
        evicted: blocks.evicted,
        hitBytes,
        missBytes,
        openFiles: open.length,
        cursors: open.reduce((sum, file) => sum + file.cursors, 0),
        waiting: open.reduce((sum, file) => sum + file.waiting, 0),
        linkRequests: links.asking,
        slots: slots.size,
      };
    },
    failures: () => failures,
    tokenChanged: (account) => parts.standings.tokenChanged(account),
    close() {
      links.close();
      for (const { file } of files.values()) file.close();
      for (const { client } of accounts.values()) client.close();
    },
  };
}
