/** Hoster links of the user's own, as the lines of links files tell them. */
import { createHash } from 'node:crypto';
import type { TorrentKey } from './torrent.js';

/** One line, or one container file. */
export interface OwnLink {
  /** As written; an http or https URL. Of a container file: where it lies, as a `file:` URL. */
  readonly url: string;
  /** The bytes of a container file (DLC, RSDF, CCF), which only a service can open; null for a line. */
  readonly container: Uint8Array | null;
  /** File name; null where the line does not tell it. */
  readonly name: string | null;
  /** Bytes; null where the line does not tell it. */
  readonly size: number | null;
  /** By which its host gives the file. Secret. */
  readonly password: string | null;
  /** Of a link that comes in several, the one to take, such as `720p`; null: the best. */
  readonly quality: string | null;
  /** Whether traffic may be spent on it where that costs (storage-portal). */
  readonly mayBuy: boolean;
  /** Changes when it is to be bought once more; empty where nobody asked for that. */
  readonly order: string;
}

/** Names of files that hold links in a form that only services can open (Real-Debrid's API documentation, read 2026-11). */
export const containerNames = /\.(?:dlc|rsdf|ccf3?)$/i;

/** A line with nothing behind its URL. */
export function plainLink(url: string): OwnLink {
  const nothing = { container: null, name: null, size: null, password: null, quality: null };
  return { url, ...nothing, mayBuy: false, order: '' };
}

/** All lines of all files. */
export interface ReadOwnLinks {
  /** Each URL once, in the order of the files. */
  readonly links: readonly OwnLink[];
  /** False where a file could not be read, so that what is missing says nothing. */
  readonly isComplete: boolean;
}

/** Where accounts learn of them. */
export interface OwnLinks {
  /** What the files say now. Never rejects. */
  read(): Promise<ReadOwnLinks>;
}

/** For accounts apart from a mount. */
export const noOwnLinks: OwnLinks = { read: () => Promise.resolve({ links: [], isComplete: true }) };

/** By which a link is known as an item: MD5 of its URL in hex, as TorBox hashes links (its API documentation, read 2026-11). */
export function linkId(url: string): string {
  return createHash('md5').update(url).digest('hex');
}

/** The torrent key that a link stands under, the same for whoever holds it. */
export function linkKey(url: string): TorrentKey {
  return `web:${linkId(url)}`;
}
