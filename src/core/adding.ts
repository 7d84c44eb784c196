/** What is said when an account is given a torrent, or loses one: only ever for an explicit command. */
import type { AccountName } from './account.js';
import type { OwnLink } from './own-links.js';
import type { ItemState, ListName, TorrentKey } from './torrent.js';

/** A torrent that nobody need hold yet. */
export interface TorrentToAdd {
  /** Infohash of version 1: 40 lower-case hex digits. */
  readonly hash: string;
  /** With `hash` as hex, whatever it was made of. May name trackers with a pass key: secret. */
  readonly magnet: string;
  /** The .torrent file, where that is what the user has; null for a magnet. */
  readonly file: Uint8Array | null;
}

/**
 * Which files are to be had, where a service lets one choose: those that it hands out as they are; every one; those with these
 * numbers (from 1, in the torrent's order); those whose path or base name fits a pattern with `*` and `?`.
 */
export type FileChoice =
  | { readonly kind: 'videos' }
  | { readonly kind: 'all' }
  | { readonly kind: 'numbers'; readonly numbers: readonly number[] }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** An item that was asked for. */
export interface AddedItem {
  readonly itemId: string;
  /** Whether it is certain that it was made now, so that it may be removed again where nothing comes of it. */
  readonly isNew: boolean;
  /** What the user should know of the files that were chosen, as a sentence; null for nothing. */
  readonly warning: string | null;
}

/** A hoster link that an account is to download. */
export type LinkToAdd = Pick<OwnLink, 'url' | 'name' | 'password'>;

/** How far an item is. */
export interface ItemProgress {
  /** Which torrent it is of; null where that is not told. */
  readonly torrent: TorrentKey | null;
  readonly state: ItemState;
  /** What it is at, or why it failed, as a sentence or a few words of this program's. */
  readonly words: string;
  /** From 0 to 1; null where the service does not tell. */
  readonly share: number | null;
  readonly bytesPerSecond: number | null;
  /** Whether the service knows yet what the torrent holds. */
  readonly isKnown: boolean;
}

/** An item in an account. */
export interface ItemName {
  readonly account: AccountName;
  readonly list: ListName;
  readonly itemId: string;
}

/** An item that holds a torrent. */
export interface HeldItem extends ItemName {
  readonly name: string;
  readonly state: ItemState;
  readonly reason: string | null;
  readonly addedMs: number;
}

/** The user's wish to have a torrent. */
export interface AddOrder {
  readonly torrent: TorrentToAdd;
  readonly files: FileChoice;
  /** Null: whichever account is best. */
  readonly account: AccountName | null;
}

/** What came of it; `why` is a sentence for the user. */
export type AddAnswer =
  | { readonly kind: 'held'; readonly item: HeldItem }
  | {
      readonly kind: 'added';
      readonly item: ItemName;
      readonly isNew: boolean;
      readonly why: string;
      readonly warning: string | null;
      /** Accounts that were passed over, and why, a sentence each. */
      readonly passedOver: readonly string[];
    };

/** Gives torrents to accounts and takes them away: by the running process, or by a command itself. */
export interface AccountOrders {
  /**
   * Has one account take a torrent; resolves once nothing needs to be said to the service any more. Where it fails or the signal
   * fires, nothing that it added stays.
   * @throws {AppError} why nobody takes it.
   */
  add(order: AddOrder, signal: AbortSignal): Promise<AddAnswer>;
  /** @throws {AppError} `item-gone` where somebody removed it, or the service's refusal. */
  progressOf(item: ItemName, signal: AbortSignal): Promise<ItemProgress>;
  /** Who holds a torrent. An account that does not answer is left out. */
  holders(torrent: TorrentKey, signal: AbortSignal): Promise<readonly HeldItem[]>;
  /**
   * Removes one item, if it still is of this torrent.
   * @throws {AppError} `item-gone` where it is not.
   */
  remove(item: ItemName, torrent: TorrentKey, signal: AbortSignal): Promise<void>;
  /** Has an account download a hoster link. @throws {AppError} `invalid` for one that needs no download; why it does not take it. */
  addLink(account: AccountName, link: LinkToAdd, signal: AbortSignal): Promise<void>;
  /** Takes over that the user took a link of their own out of their files. */
  linkDropped(torrent: TorrentKey, signal: AbortSignal): Promise<void>;
  /** Asks an account for its list now, and tells where a torrent is in the tree; null where no tree is served. */
  shown(account: AccountName, torrent: TorrentKey, signal: AbortSignal): Promise<readonly string[] | null>;
}
