/** A torrent of Real-Debrid as its list and its details tell it. */
import type { Item, ItemFile, ItemState } from '../../core/torrent.js';
import {
  asFlag,
  asId,
  asInfohash,
  asList,
  asObject,
  asSize,
  asText,
  asUrl,
  type JsonObject,
} from '../decode.js';
import type { DecodedEntry } from '../listing-builder.js';
import { revisionOf } from '../revision.js';
import type { ParisTime } from './paris-time.js';

/**
 * Extensions that Real-Debrid hands out as they are; a selection with any other is packed into one RAR (observed:
 * zurg's notes, 2026-08).
 */
const streamable = /\.(?:avi|flv|m2ts|m4v|mkv|mov|mp4|mpg|mpeg|ts|webm|wmv|mp3|flac|m4a)$/i;

export function isStreamable(name: string): boolean {
  return streamable.test(name);
}

/** Statuses of the documentation that are no way to `downloaded` any more. */
const failures: ReadonlyMap<string, string> = new Map([
  ['error', 'Real-Debrid could not download this torrent.'],
  ['magnet_error', 'Real-Debrid could not find out what this magnet holds.'],
  ['virus', 'Real-Debrid found a virus in this torrent.'],
  ['dead', 'This torrent is dead: nobody shares it.'],
]);

/** One entry of `GET /torrents`. Its files are known only where it is one streamable file. */
export function decodeListEntry(raw: unknown, time: ParisTime): DecodedEntry {
  const torrent = asObject(raw);
  const id = asId(torrent?.['id']);
  if (torrent === null || id === null) return { kind: 'unknown' };
  const hash = asInfohash(torrent['hash']);
  const status = asText(torrent['status']);
  const links = readLinks(torrent);
  if (hash === null || status === null || links === null) return { kind: 'unreadable', id };
  const single = status === 'downloaded' ? singleFile(torrent, links) : null;
  const { bytes, ended, filename } = torrent;
  // The link of a file that the list alone tells must be taken over when it changes.
  const revision = revisionOf([status, links.length, bytes, ended, filename, single?.ref ?? null]);
  if (revision === null) return { kind: 'unreadable', id };
  const item: Item = {
    id,
    torrent: hash,
    name: asText(torrent['filename']) ?? '',
    addedMs: time.toUtcMs(torrent['added']),
    ...readState(status),
    files: single === null ? null : [single],
    revision,
  };
  return { kind: 'item', item };
}

/** The links of a torrent; null where they cannot be understood. None where the field is missing. */
export function readLinks(torrent: JsonObject): readonly string[] | null {
  const list = asList(torrent['links'] ?? []);
  const links = list?.map(asUrl).filter((link) => link !== null);
  return links !== undefined && links.length === list?.length ? links : null;
}

/** A file of `GET /torrents/info`. */
export interface TorrentFile {
  /** Null where path or size cannot be understood: it has its place in the order all the same. */
  readonly file: Omit<ItemFile, 'ref'> | null;
  readonly selected: boolean;
}

/** The files of a torrent in its order; null where they, or which of them are selected, cannot be understood. */
export function readFiles(torrent: JsonObject): readonly TorrentFile[] | null {
  const list = asList(torrent['files']);
  if (list === null) return null;
  const files: TorrentFile[] = [];
  for (const raw of list) {
    const told = asObject(raw);
    const selected = asFlag(told?.['selected']);
    if (told === null || selected === null) return null;
    const path = asText(told['path'])?.replace(/^\/+/, '') ?? '';
    const size = asSize(told['bytes']);
    const file = path === '' || size === null ? null : { path, pathTold: true, size, packed: false };
    files.push({ file, selected });
  }
  return files;
}

/** Why a torrent in this status never becomes ready, as a sentence; null where it may. */
export function failureOf(status: string): string | null {
  return failures.get(status) ?? null;
}

function readState(status: string): { readonly state: ItemState; readonly reason: string | null } {
  if (status === 'downloaded') return { state: 'ready', reason: null };
  const failed = failureOf(status);
  if (failed !== null) return { state: 'failed', reason: failed };
  const reason =
    status === 'waiting_files_selection'
      ? 'Real-Debrid waits until files of this torrent are selected on its web site.'
      : 'Real-Debrid is still at work on this torrent.';
  return { state: 'working', reason };
}

/**
 * Whether a file's name alone tells what it is: a year, an episode or three words. Of any other (a hash, a group's
 * abbreviation) the details are worth a request, because only they tell the torrent's name.
 */
function tellsTitle(fileName: string): boolean {
  const stem = fileName.slice(0, fileName.lastIndexOf('.'));
  if (/(?<!\d)(?:19|20)\d\d(?!\d)|s\d{1,2}[ ._]?e\d/i.test(stem)) return true;
  return stem.split(/[^\p{L}]+/u).filter((word) => word.length > 2).length > 2;
}

/** A torrent with one link whose name is a streamable file is that file, where the name says enough: all others need their details. */
function singleFile(torrent: JsonObject, links: readonly string[]): ItemFile | null {
  const path = asText(torrent['filename']) ?? '';
  const size = asSize(torrent['bytes']);
  const [ref, ...others] = links;
  if (ref === undefined || others.length > 0 || size === null || size === 0) return null;
  if (!isStreamable(path) || path.includes('/') || !tellsTitle(path)) return null;
  return { path, pathTold: false, size, ref, packed: false };
}
