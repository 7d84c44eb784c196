import { createHash } from 'node:crypto';
import type { AccountName } from './account.js';
import type { ListName, TorrentKey } from './torrent.js';

/** Row number of a content in the store: small, stable for the life of the store. */
export type ContentId = number;

/**
 * One file of one torrent, whoever holds it. Its identity is (torrent, size, base name, ordinal among equals in path
 * order), so it does not depend on how a service tells folders.
 */
export interface Content {
  readonly id: ContentId;
  readonly torrent: TorrentKey;
  /** Bytes. */
  readonly size: number;
  readonly baseName: string;
  readonly ordinal: number;
}

/** A file of an item in an account: where a content can be read. */
export interface Source {
  readonly account: AccountName;
  readonly list: ListName;
  readonly itemId: string;
  /** By which the provider makes a link. */
  readonly ref: string;
  /** False where the item is no longer ready; a read from it is not tried. */
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly reason: string | null;
  /** Absent where the file is there as it is. */
  readonly inside?: Inside;
}

/** Where a file lies in a stored archive. */
export interface Inside {
  /** Its path there, exactly. */
  readonly path: string;
  /** Its pieces, in order and without a gap. */
  readonly extents: readonly Extent[];
}

/** A piece of a file inside one volume of a stored archive. */
export interface Extent {
  /** First byte, as the file counts. */
  readonly at: number;
  /** Which volume, from 0. */
  readonly volume: number;
  /** By which the provider makes the volume's link. */
  readonly ref: string;
  /** First byte, as the volume counts. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Bytes of the whole volume. */
  readonly volumeSize: number;
  /** False where this was concluded from other volumes, so that the volume must be looked at before its bytes are used. */
  readonly confirmed: boolean;
}

/** A source as one text: the key under which its link is kept. */
export function sourceKey(source: Pick<Source, 'account' | 'list' | 'itemId' | 'ref'>): string {
  return JSON.stringify([source.account, source.list, source.itemId, source.ref]);
}

/** The item of the source that a key stands for. */
export function itemOfKey(key: string): Pick<Source, 'account' | 'list' | 'itemId'> {
  const [account, list, itemId] = JSON.parse(key) as [AccountName, ListName, string, string];
  return { account, list, itemId };
}

/** Half-open range of the keys of all sources of an account, in the order of code points. */
export function accountKeyRange(account: AccountName): readonly [from: string, to: string] {
  return keyRange([account]);
}

/** The same of one item. */
export function itemKeyRange(
  item: Pick<Source, 'account' | 'list' | 'itemId'>,
): readonly [from: string, to: string] {
  return keyRange([item.account, item.list, item.itemId]);
}

function keyRange(parts: readonly string[]): readonly [from: string, to: string] {
  const start = JSON.stringify(parts).slice(0, -1);
  // `,` follows in every longer key, and `-` follows `,`.
  return [`${start},`, `${start}-`];
}

/** Six hex digits of SHA-256 over infohash and path: what tells two files that claim one name apart. */
export function shortHash(torrent: TorrentKey, path: string): string {
  return createHash('sha256').update(torrent).update(path).digest('hex').slice(0, 6);
}
