/**
 * Which torrent: the infohash in lower-case hex. What is no torrent has a prefix before its hash (`usenet:<hash>`,
 * `web:<hash>`), so that no two kinds can be taken for one another.
 */
export type TorrentKey = string;

/**
 * One list of a service. TorBox numbers its three independently, so an item's id is unique only within its list.
 * `webdl` (TorBox), `downloads` (Real-Debrid), `saved` and `history` (AllDebrid) hold hoster links that the account was given;
 * `links` those of the user's own links files that the account can resolve.
 */
export type ListName = 'torrents' | 'usenet' | 'webdl' | 'downloads' | 'saved' | 'history' | 'links';

/** TorBox's lists, by the names in its paths. */
export type TorBoxList = Extract<ListName, 'torrents' | 'usenet' | 'webdl'>;

/** `ready`: readable now; `working`: the service is still at it; `failed`: it gave up, expired it or removed it. */
export type ItemState = 'ready' | 'working' | 'failed';

/** One file of an item, as its service tells it. */
export interface ItemFile {
  /** Path as told, `/` between components, without a leading one. Untrusted: may hold anything. */
  readonly path: string;
  /** False where the service told only the base name (Real-Debrid's list), so that `path` says nothing about folders. */
  readonly pathTold: boolean;
  /** Bytes, a safe integer ≥ 0. */
  readonly size: number;
  /** By which the provider makes a link, opaque to all others; null where the account does not hold this file. */
  readonly ref: string | null;
  /** True for the one archive into which Real-Debrid packs a mixed selection: shown raw, never placed. */
  readonly packed: boolean;
}

/** One entry of a list: a torrent (or usenet, or web download) in one account. */
export interface Item {
  readonly id: string;
  readonly torrent: TorrentKey;
  /** As told; empty where the service does not know it yet. Untrusted. */
  readonly name: string;
  /** When the account added it, wall clock milliseconds UTC; 0 where nobody tells: then it is when it was first heard of. */
  readonly addedMs: number;
  readonly state: ItemState;
  /** Why it is not `ready`, as a sentence; null when it is. */
  readonly reason: string | null;
  /** All files of the torrent, in the torrent's order where that is known; null where details must be asked for. */
  readonly files: readonly ItemFile[] | null;
  /** Changes when details must be asked for again; two equal revisions mean equal files. */
  readonly revision: string;
}

/** The answer to a request for an item's details. */
export interface ItemDetails {
  readonly id: string;
  readonly name: string;
  /** Null where the service cannot tell yet: ask again later. */
  readonly files: readonly ItemFile[] | null;
}

/**
 * What a list said. `complete`: these are all items, so what is missing was removed. `changes`: these are some items;
 * what is missing says nothing. `unreadable` names items that are there but could not be understood, or that the service does not take
 * any more: they stay as they were. An entry without even a readable id makes a listing `changes`, because it may be any item.
 */
export interface Listing {
  readonly scope: 'complete' | 'changes';
  readonly items: readonly Item[];
  readonly unreadable: readonly string[];
}
