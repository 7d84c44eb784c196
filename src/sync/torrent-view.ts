import type { AccountName } from '../core/account.js';
import type { ContentId } from '../core/content.js';
import { groupBy } from '../core/group-by.js';
import type { Identification } from '../core/identification.js';
import type { TorrentKey } from '../core/torrent.js';
import type { TorrentFacts } from '../library/facts.js';
import { agreedPath } from '../library/raw-paths.js';
import type { HeldFileOfTorrent } from '../store/held-files.js';

/** One file of a torrent, as all its holders together tell it. */
export interface ViewedFile {
  readonly content: ContentId;
  /** The content as text, the same in every store. */
  readonly identity: string;
  /** The longest path that all tellings agree on, the torrent's root left out. */
  readonly path: string;
  readonly size: number;
  readonly packed: boolean;
  /** Who holds it, the one that added it first coming first. */
  readonly accounts: readonly AccountName[];
  /** Those of them that hold it as a file of the torrent, and not only inside of an archive that is one. */
  readonly rawAccounts: readonly AccountName[];
  /** With which it is shown: when the first of them added it, as known when it was first shown. Wall clock milliseconds. */
  readonly mtimeMs: number;
  readonly isNew: boolean;
}

/** One torrent over all accounts. */
export interface TorrentView {
  readonly torrent: TorrentKey;
  /** As told by whoever added it first, of those who tell paths: who does not may call it by its file. */
  readonly name: string;
  readonly root: string | null;
  readonly addedMs: number;
  /** In order of path. */
  readonly files: readonly ViewedFile[];
}

/** Merges what the holders of a torrent tell. @param held as from the store: what was added first coming first. */
export function torrentView(torrent: TorrentKey, held: readonly HeldFileOfTorrent[]): TorrentView | null {
  const first = held[0];
  if (first === undefined) return null;
  const byContent = groupBy(held, ({ content }) => content);
  const files = [...byContent.values()].map((tellings) => viewedFile(torrent, tellings));
  files.sort((a, b) => compareText(a.path, b.path) || compareText(a.identity, b.identity));
  return {
    torrent,
    name: nameOf(held) ?? torrent,
    root: held.find((file) => file.root !== null)?.root ?? null,
    addedMs: first.addedMs,
    files,
  };
}

function nameOf(held: readonly HeldFileOfTorrent[]): string | undefined {
  const named = held.filter((file) => file.itemName !== '');
  return (named.find((file) => file.pathTold) ?? named[0])?.itemName;
}

/** The torrent as the rules of placing see it; `files` stay in the same order. */
export function factsOf(view: TorrentView, identification: Identification | null = null): TorrentFacts {
  const { torrent, name, root, addedMs } = view;
  return {
    torrent,
    name,
    root,
    addedMs,
    files: view.files.map(({ path, size, packed }) => ({ path, size, packed })),
    identification,
  };
}

function viewedFile(torrent: TorrentKey, tellings: readonly HeldFileOfTorrent[]): ViewedFile {
  const [first] = tellings;
  if (first === undefined) throw new RangeError('a content without a holder');
  return {
    content: first.content,
    identity: JSON.stringify([torrent, first.size, first.baseName, first.ordinal]),
    path: agreedPath(tellings),
    size: first.size,
    packed: first.packed,
    accounts: accountsOf(tellings),
    rawAccounts: accountsOf(tellings.filter(({ inVolumes }) => !inVolumes)),
    mtimeMs: first.mtimeMs ?? first.addedMs,
    isNew: first.mtimeMs === null,
  };
}

function accountsOf(tellings: readonly HeldFileOfTorrent[]): readonly AccountName[] {
  return [...new Set(tellings.map((telling) => telling.account))];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
