import { onTestFinished } from 'vitest';
import type { AccountName, ServiceName } from '../../src/core/account.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import type { Content, ContentId, Source } from '../../src/core/content.js';
import { silentLogger } from '../../src/core/logger.js';
import type { LinkStore } from '../../src/core/link-store.js';
import type { Link, Provider } from '../../src/core/provider.js';
import type { OpenContent, SourceNews } from '../../src/core/reading.js';
import { contentBytes } from '../../src/emulator/content.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { KnobSettings } from '../../src/emulator/knobs.js';
import { singleFile } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import type { DiskCache } from '../../src/read/disk/disk-cache.js';
import { BlockCache } from '../../src/read/block-cache.js';
import { createContentReader, type CountingReader } from '../../src/read/content-reader.js';
import { hastyClock } from '../support/hasty-clock.js';

export interface ReadingOptions {
  /** Bytes of the files, which are numbered from 1. */
  readonly sizes?: readonly number[];
  /** Who holds them all, in the order in which they are asked; an account is named like its service. */
  readonly services?: readonly ServiceName[];
  readonly memoryBytes?: number;
  /** Where its blocks are; a cache on disk has the same. */
  readonly memory?: BlockCache;
  readonly patienceMs?: number;
  /** How much faster than the machine's the reader's clock runs. */
  readonly speed?: number;
  /** Waits of the accounts' clients pass at once, for the services as well, whose time stands still but for that. */
  readonly skipsWaits?: true;
  readonly knobs?: KnobSettings;
  readonly links?: LinkStore;
  readonly disk?: DiskCache;
  readonly bytesPerSecond?: number;
  /** How long a connection may be silent, in real milliseconds; as in the program unless told. */
  readonly silenceMs?: number;
  /** The accounts whose API passes for one on the internet; the file hosts stay on this machine. */
  readonly publicServices?: readonly ServiceName[];
}

/** A reader of accounts in the emulator, without store and tree. */
export interface Reading {
  readonly emulator: Emulator;
  readonly reader: CountingReader;
  readonly clock: Clock;
  readonly sources: Map<ContentId, Source[]>;
  /** Link requests that reached the services. */
  readonly linkRequests: () => number;
  /** Bytes that the reader says came, by account. */
  readonly received: ReadonlyMap<AccountName, number>;
  /** What the reader says that accounts gave and refused, in order. */
  readonly news: readonly SourceNews[];
  readonly expected: (file: ContentId, start: number, end: number) => Buffer;
  readonly open: (file: ContentId, pinnedTo?: AccountName) => OpenContent;
  readonly close: () => Promise<void>;
}

export const mebibyte = 2 ** 20;

/** Starts one; it is closed with its test. */
export async function startReading(options: ReadingOptions = {}): Promise<Reading> {
  const { sizes = [40 * mebibyte], services = ['real-debrid'] } = options;
  const torrents = sizes.map((size, index) => singleFile(`File.${index + 1}.mkv`, size));
  const emulator = await startEmulator({
    world: {
      accounts: services.map((service) => ({
        service,
        token: `token-of-${service}`,
        items: torrents.map((torrent) => ({ torrent })),
      })),
    },
    realtime: options.skipsWaits !== true,
    knobs: { ...options.knobs, torBox: { settleMs: 0, ...options.knobs?.torBox } },
  });
  const hasty = hastyClock(options.speed ?? 20);
  const clock = options.skipsWaits === true ? { ...hasty, now: () => emulator.now() } : hasty;
  const clientClock = options.skipsWaits === true ? skippingClock(emulator) : clock;
  const providers = new Map<AccountName, Provider>();
  const contents = new Map<ContentId, Content>();
  const sources = new Map<ContentId, Source[]>();
  torrents.forEach(({ hash, files: [file] }, index) => {
    const size = file?.size ?? 0;
    contents.set(index + 1, { id: index + 1, torrent: hash, size, baseName: file?.path ?? '', ordinal: 0 });
    sources.set(index + 1, []);
  });
  for (const service of services) {
    const provider = createProvider({
      service,
      account: service,
      token: `token-of-${service}`,
      apiUrl: emulator.apiUrl(service),
      proxyUrl: null,
      clock: clientClock,
      logger: silentLogger,
    });
    const isPublic = options.publicServices?.includes(service) === true;
    providers.set(service, isPublic ? asPublic(provider) : provider);
    for (const [torrent, source] of await sourcesOf(provider)) {
      const content = [...contents.values()].find((known) => known.torrent === torrent);
      if (content !== undefined) sources.get(content.id)?.push(source);
    }
  }
  const news: SourceNews[] = [];
  const received = new Map<AccountName, number>();
  const reader = createContentReader({
    tree: { content: (id) => contents.get(id), sources: (id) => sources.get(id) ?? [] },
    links: options.links ?? linksInMemory(),
    providers,
    memory: options.memory ?? new BlockCache(options.memoryBytes ?? 64 * mebibyte, { scribbles: true }),
    patienceMs: options.patienceMs ?? 60_000,
    disk: () => options.disk ?? null,
    bytesPerSecond: options.bytesPerSecond ?? null,
    ...(options.silenceMs === undefined
      ? {}
      : { connectionPatience: { silenceMs: options.silenceMs, idleMs: 20_000 } }),
    onReceived: (account, bytes) => void received.set(account, (received.get(account) ?? 0) + bytes),
    onNews: (told) => void news.push(told),
    clock,
    logger: silentLogger,
  });
  const close = async (): Promise<void> => {
    reader.close();
    await Promise.all([...providers.values()].map((provider) => provider.close()));
    await emulator.stop();
  };
  onTestFinished(close);
  return {
    emulator,
    reader,
    clock,
    sources,
    received,
    news,
    linkRequests: () => emulator.log.count({ path: /unrestrict\/link|link\/unlock|requestdl/ }),
    expected: (id, start, end) => {
      const content = contents.get(id);
      return contentBytes(
        content?.torrent ?? '',
        content?.baseName ?? '',
        start,
        Math.min(end, content?.size ?? 0),
      );
    },
    open: (id, pinnedTo) => {
      const file = reader.open(id, pinnedTo ?? null, { name: 'test', isScanner: false });
      onTestFinished(() => file.close());
      return file;
    },
    close,
  };
}

/** Reads a range as one buffer. */
export async function read(
  file: OpenContent,
  offset: number,
  length: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<Buffer> {
  return Buffer.concat(await file.read({ offset, length, signal }));
}

export function linksInMemory(): LinkStore & { readonly links: Map<string, Link> } {
  const links = new Map<string, Link>();
  return {
    links,
    get: (key) => links.get(key),
    put: (key, link) => void links.set(key, link),
  };
}

/** The machine's time, and what was waited for besides. */
function skippingClock(emulator: Emulator): Clock {
  let skippedMs = 0;
  return {
    now: () => emulator.now(),
    monotonic: () => systemClock.monotonic() + skippedMs,
    sleep: (ms, signal) => {
      skippedMs += Math.max(0, ms);
      emulator.advance(Math.max(0, ms));
      return systemClock.sleep(0, signal);
    },
    after: (ms, call) => systemClock.after(ms, call),
  };
}

function asPublic(provider: Provider): Provider {
  const { account, service, lists, linkPolicy } = provider;
  return {
    account,
    service,
    lists,
    linkPolicy,
    egress: { proxyUrl: null, reach: 'public' },
    list: (...asked) => provider.list(...asked),
    details: (...asked) => provider.details(...asked),
    link: (...asked) => provider.link(...asked),
    state: (...asked) => provider.state(...asked),
    budgets: () => provider.budgets(),
    close: () => provider.close(),
  };
}

async function sourcesOf(provider: Provider): Promise<[torrent: string, source: Source][]> {
  const { signal } = new AbortController();
  const { items } = await provider.list('torrents', 'full', signal);
  const files = new Map(items.map((item) => [item.id, item.files]));
  const unknown = items.filter((item) => item.files === null).map((item) => item.id);
  for await (const details of provider.details('torrents', unknown, signal))
    files.set(details.id, details.files);
  return items.flatMap((item) =>
    (files.get(item.id) ?? []).map(({ ref }): [string, Source] => {
      const { account } = provider;
      const place = { account, list: 'torrents' as const, itemId: item.id, ref: ref ?? '' };
      return [item.torrent, { ...place, ready: true, reason: null }];
    }),
  );
}
