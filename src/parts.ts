import type { Config } from './config/config.js';
import { LinksFiles, ownLinksPath } from './config/links-files.js';
import type { AccountName } from './core/account.js';
import { systemClock } from './core/clock.js';
import type { Provider } from './core/provider.js';
import type { SourceNews } from './core/reading.js';
import { providerOf } from './account-clients.js';
import type { Closers } from './closers.js';
import type { FirstParts } from './first-parts.js';
import type { Overrides } from './library/overrides.js';
import { openCache, type OpenCache } from './open-cache.js';
import { libraryRules } from './placing-settings.js';
import { BlockCache } from './read/block-cache.js';
import { createContentReader, type CountingReader } from './read/content-reader.js';
import { DamageWatch, type ChangingTree } from './store/damage-watch.js';
import { openForReading } from './store/database.js';
import { StoredLinks } from './store/links.js';
import { StoredMadeDownloads } from './store/made-downloads.js';
import { HeldTorrents } from './store/held-torrents.js';
import { Meta } from './store/meta.js';
import { StoredTraffic } from './store/traffic.js';
import { Statistics } from './store/statistics.js';
import { TreeReader } from './store/tree-reader.js';
import { PlacingReports } from './sync/placing-reports.js';
import { storedOverrides } from './sync/publisher.js';
import { Repairs } from './sync/repairs.js';
import { createFileSystem, type ObservableFileSystem } from './vfs/tree-file-system.js';
import type { StartContext } from './start-context.js';

/** The longest time over which a service counts links (TorBox, documented 2026), in milliseconds. */
const longestLinkWindowMs = 5 * 60_000;

/** What a mount consists of besides the mount itself. */
export interface Parts extends Omit<FirstParts, 'overrides'> {
  readonly providers: readonly Provider[];
  /** Whoever meets damage in it has that mended. */
  readonly tree: ChangingTree;
  readonly damage: DamageWatch;
  readonly statistics: Statistics;
  readonly placings: PlacingReports;
  readonly held: HeldTorrents;
  readonly overrides: { current: Overrides };
  readonly links: StoredLinks;
  readonly traffic: StoredTraffic;
  readonly ownLinks: LinksFiles;
  readonly reader: CountingReader;
  /** What file hosts sent since the start. */
  readonly received: { readonly bytes: number };
  /** Who hears what the reader learns of the accounts: the engine, once there is one. */
  readonly news: { listener: (news: SourceNews) => void };
  readonly repairs: Repairs;
  readonly cache: OpenCache;
  readonly fileSystem: ObservableFileSystem;
}

/** Opens what reads and what is known of the accounts, in the order in which each needs the other. */
export async function openParts(
  config: Config,
  context: StartContext,
  first: FirstParts,
  closers: Closers,
): Promise<Parts> {
  const { logger } = context;
  const { library } = first;
  const { accounts } = config;
  const { dropTo } = config.mount;
  const db = openForReading(config.stateDir);
  closers.add(() => {
    db.close();
  });
  const names = accounts.map(({ name }) => name);
  const damage = new DamageWatch(config.stateDir);
  const tree = damage.over(new TreeReader(db, names), db);
  const overrides = { current: first.overrides ?? storedOverrides(new Meta(db)) };
  const links = new StoredLinks(db, library, (error) => logger.warn({ err: error }, 'a link was not kept'));
  const traffic = new StoredTraffic(db, library, systemClock, (error) =>
    logger.warn({ err: error }, 'received bytes were not written down'),
  );
  closers.add(() => traffic.close());
  const madeDownloads = new StoredMadeDownloads(db, library, systemClock, (error) =>
    logger.warn({ err: error }, 'it was not written down which download was made here'),
  );
  const ownLinks = new LinksFiles(config.links, ownLinksPath(config.stateDir), systemClock, logger);
  const { counts } = first;
  const providers = accounts.map((account) =>
    providerOf(account, logger, {
      meter: counts,
      recentLinkTimesMs: links.bornSince(account.name, systemClock.now() - longestLinkWindowMs),
      madeDownloads,
      ownLinks,
      learn: context.learn,
    }),
  );
  closers.add(async () => {
    await Promise.all(providers.map((provider) => provider.close()));
  });
  const repairs = new Repairs({ providers, clock: systemClock, logger });
  const memory = new BlockCache(config.cache.memoryBytes);
  const cache = await openCache(
    config.cache,
    { memory, isUrgent: (context.kept?.mounted ?? null) !== null, laterUser: dropTo?.uid ?? null },
    logger,
  );
  closers.add(() => cache.close());
  const received = { bytes: 0 };
  const news: Parts['news'] = { listener: () => undefined };
  const reader = createContentReader({
    tree,
    links,
    providers: new Map<AccountName, Provider>(providers.map((provider) => [provider.account, provider])),
    memory,
    disk: () => cache.current,
    patienceMs: config.read.patienceMs,
    bytesPerSecond: config.bwlimitBytesPerSecond,
    onReceived: (account, bytes) => {
      traffic.add(account, bytes);
      received.bytes += bytes;
    },
    onNews: (told) => news.listener(told),
    meter: counts,
    clock: systemClock,
    logger,
  });
  closers.add(() => reader.close());
  const fileSystem = createFileSystem({
    tree,
    reader,
    onClosed: ({ node, client, openedMs, bytesRead }) => {
      if (node.kind !== 'file') return;
      const seconds = Math.round((systemClock.now() - openedMs) / 100) / 10;
      logger.info({ file: node.name, client, bytesRead, seconds }, 'a file was closed');
    },
  });
  return {
    ...first,
    providers,
    tree,
    damage,
    statistics: new Statistics(db),
    placings: new PlacingReports(db, libraryRules(config), () => overrides.current, systemClock),
    held: new HeldTorrents(db),
    overrides,
    links,
    traffic,
    ownLinks,
    reader,
    received,
    news,
    repairs,
    cache,
    fileSystem,
  };
}
