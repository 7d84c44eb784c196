/** What `GET /torrents/info` tells that matters for adding a torrent once more. */
import { asFlag, asInfohash, asList, asNumber, asObject, asText } from '../decode.js';
import { readLinks } from './torrent.js';

/** A torrent in the account, as far as another item must be like it to take its place. */
export interface Renewable {
  /** 40 lower-case hex digits, which is all that Real-Debrid's magnets have. */
  readonly hash: string;
  readonly name: string;
  readonly status: string;
  /** Numbers of the selected files, in the torrent's order. */
  readonly selected: readonly number[];
  /** The same with their sizes, as a text: equal for equal selections. */
  readonly selection: string;
  readonly links: number;
}

/** Null where it cannot be understood. */
export function decodeRenewable(raw: unknown): Renewable | null {
  const torrent = asObject(raw);
  if (torrent === null) return null;
  const hash = asInfohash(torrent['hash']);
  const status = asText(torrent['status']);
  const links = readLinks(torrent);
  // None while a magnet is looked up (observed).
  const files = asList(torrent['files'] ?? [])?.map(decodeFile);
  if (hash?.length !== 40 || status === null || links === null || files === undefined) return null;
  if (!files.every((file) => file !== null)) return null;
  const selected = files.filter(({ isSelected }) => isSelected);
  return {
    hash,
    name: asText(torrent['original_filename']) ?? asText(torrent['filename']) ?? '',
    status,
    selected: selected.map(({ number }) => number),
    selection: selected.map(({ number, size }) => `${number}:${size}`).join(' '),
    links: links.length,
  };
}

interface FileNumber {
  readonly number: number;
  readonly size: number;
  readonly isSelected: boolean;
}

/** The sizes are compared as they are told, however large. */
function decodeFile(raw: unknown): FileNumber | null {
  const file = asObject(raw);
  const number = asNumber(file?.['id']);
  const size = asNumber(file?.['bytes']);
  const isSelected = asFlag(file?.['selected']);
  return number === null || size === null || isSelected === null ? null : { number, size, isSelected };
}
