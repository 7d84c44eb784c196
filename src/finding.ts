/** Where `debridfs search` and `debridfs add` of a torrent of nekoBT's come from. Both are explicit commands, so both ask nekoBT. */
import { providerOf } from './account-clients.js';
import { magnetOf as magnetFor } from './adding/magnet.js';
import type { AccountConfig, Config } from './config/config.js';
import { atMost } from './core/abortable.js';
import type { AccountName } from './core/account.js';
import { systemClock } from './core/clock.js';
import { AppError, toAppError } from './core/errors.js';
import type { FoundPage, FoundRow } from './core/finding.js';
import { silentLogger } from './core/logger.js';
import { videoText } from './library/label.js';
import { prepareText } from './library/release-text.js';
import { parseRelease } from './library/release.js';
import { createNekobt } from './providers/create-identifier.js';
import { searchTorrents, torrentOf } from './providers/nekobt/nekobt-search.js';
import { HeldTorrents } from './store/held-torrents.js';
import { openTree, type StoredTree } from './store/open.js';

/** So long it is waited for an account that says what its service has ready, in milliseconds: the rest is worth showing without. */
const cachedWithinMs = 10_000;

/**
 * A page of torrents for some words, with who holds them already and which accounts would have them at once.
 * @throws {AppError} why nekoBT does not say.
 */
export async function search(
  words: string,
  page: { readonly limit: number; readonly offset: number },
  config: Config,
  signal: AbortSignal,
): Promise<FoundPage> {
  const api = createNekobt({ ...config.identify.nekobt, clock: systemClock });
  try {
    const { torrents, more } = await searchTorrents(api, words, page, signal);
    const hashes = torrents.map(({ hash }) => hash);
    const notes: string[] = [];
    const holders = holdersOf(hashes, config.stateDir, notes);
    const cached = await cachedAt(hashes, config.accounts, notes, signal);
    const rows = torrents.map((torrent): FoundRow => ({
      ...torrent,
      // nekoBT tells them as numbers of which nobody has a list.
      video: videoText(parseRelease(prepareText(torrent.title))),
      heldBy: holders.get(torrent.hash) ?? [],
      cachedAt: [...cached].flatMap(([account, has]) => (has.has(torrent.hash) ? [account] : [])),
    }));
    return { rows, more, notes };
  } finally {
    await api.close();
  }
}

/** The magnet of a torrent of nekoBT's, by its number. @throws {AppError} `not-found`; why nekoBT does not tell it. */
export async function magnetOf(id: string, config: Config, signal: AbortSignal): Promise<string> {
  const api = createNekobt({ ...config.identify.nekobt, clock: systemClock });
  try {
    const { hash, title } = await torrentOf(api, id, signal);
    return magnetFor(hash, title);
  } finally {
    await api.close();
  }
}

/** Which accounts hold torrents, as the library knows it; one that cannot be read is a note. */
function holdersOf(
  hashes: readonly string[],
  stateDir: string,
  notes: string[],
): ReadonlyMap<string, readonly AccountName[]> {
  let opened: StoredTree | null = null;
  try {
    opened = openTree(stateDir);
    const held = new HeldTorrents(opened.db);
    const accountsOf = (hash: string): readonly AccountName[] => [
      ...new Set(held.items(hash).map(({ account }) => account)),
    ];
    return new Map(hashes.map((hash) => [hash, accountsOf(hash)]));
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    // Before the first mount there is none.
    if (code !== 'not-found') notes.push(`Who holds what cannot be told: ${message}`);
    return new Map();
  } finally {
    opened?.close();
  }
}

/** What the services of accounts have ready, where they tell that; an account that does not is a note. */
async function cachedAt(
  hashes: readonly string[],
  accounts: readonly AccountConfig[],
  notes: string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<AccountName, ReadonlySet<string>>> {
  const found = new Map<AccountName, ReadonlySet<string>>();
  if (hashes.length === 0) return found;
  const late = (): AppError => new AppError('timeout', 'It does not answer.');
  await Promise.all(
    accounts.map(async (account) => {
      const provider = providerOf(account, silentLogger);
      try {
        const asked = provider.adding?.cachedOf?.(hashes, signal);
        if (asked !== undefined)
          found.set(account.name, await atMost(systemClock, cachedWithinMs, asked, late));
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        notes.push(`Account ${account.name} does not say what it has ready: ${toAppError(thrown).message}`);
      } finally {
        await provider.close();
      }
    }),
  );
  return found;
}
