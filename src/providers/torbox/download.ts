/** An entry of one of TorBox's three lists. */
import { createHash } from 'node:crypto';
import type { Item, ItemFile, ItemState, ListName } from '../../core/torrent.js';
import {
  asFlag,
  asList,
  asNumber,
  asObject,
  asSize,
  asText,
  isoDateToMs,
  type JsonObject,
} from '../decode.js';
import { asInfohash } from '../decode.js';
import type { DecodedEntry } from '../listing-builder.js';

/**
 * States after which nothing more happens. All others, those nobody has heard of included, are work: a download that
 * is finished but not present is also seen for a while on its way to storage (observed).
 */
const failedState = /^(?:error|failed|expired|missing|reported missing)/i;

/** Clocks differ by less than a day: what was added later than this from now has a wrong date. */
const farthestAheadMs = 86_400_000;

/** The number of an entry as text; null where there is none. */
export function downloadId(raw: unknown): string | null {
  const id = asNumber(asObject(raw)?.['id']);
  return id !== null && Number.isSafeInteger(id) && id >= 0 ? String(id) : null;
}

/** One entry. `nowMs`: wall time, to tell an expired one and a wrong date. */
export function decodeDownload(list: ListName, raw: unknown, nowMs: number): DecodedEntry {
  const download = asObject(raw);
  const id = downloadId(raw);
  if (download === null || id === null) return { kind: 'unknown' };
  const torrent = torrentKey(list, id, download['hash']);
  const isFinished = asFlag(download['download_finished']);
  const isPresent = asFlag(download['download_present']);
  if (torrent === null || isFinished === null || isPresent === null) return { kind: 'unreadable', id };
  const name = asText(download['name']) ?? '';
  const files = readFiles(download['files']);
  const item: Item = {
    id,
    torrent,
    name: name === download['hash'] ? '' : name,
    addedMs: isoDateToMs(download['created_at'], nowMs + farthestAheadMs),
    ...readState(download, isFinished && isPresent, nowMs),
    files: files !== null && files.length > 0 ? files : null,
    revision: revisionOf(files),
  };
  return { kind: 'item', item };
}

/** Which torrent; what is no torrent has the hash of its NZB or link, and its number where even that is missing. */
function torrentKey(list: ListName, id: string, hash: unknown): string | null {
  if (list === 'torrents') return asInfohash(hash);
  const prefix = list === 'usenet' ? 'usenet' : 'web';
  const isHash = typeof hash === 'string' && /^[\da-f]{16,128}$/i.test(hash);
  return `${prefix}:${isHash ? hash.toLowerCase() : `id-${id}`}`;
}

function readState(
  download: JsonObject,
  isUsable: boolean,
  nowMs: number,
): { readonly state: ItemState; readonly reason: string | null } {
  if (isUsable) return { state: 'ready', reason: null };
  const state = asText(download['download_state']) ?? '';
  const expiresMs = isoDateToMs(download['expires_at']);
  const isFinished = asFlag(download['download_finished']) === true;
  if (/^expired/i.test(state) || (isFinished && expiresMs > 0 && expiresMs <= nowMs)) {
    return { state: 'failed', reason: 'This download has expired at TorBox; it must be added again.' };
  }
  if (!failedState.test(state))
    return { state: 'working', reason: 'TorBox is still at work on this download.' };
  const words = state.replace(/[^\w ()-]/g, '').slice(0, 80);
  return { state: 'failed', reason: `TorBox could not keep this download (${words}).` };
}

/** The files of an entry; null where the service does not tell them. A file without number or size is left out. */
function readFiles(raw: unknown): ItemFile[] | null {
  const list = asList(raw);
  if (list === null) return null;
  const files: ItemFile[] = [];
  for (const entry of list) {
    const file = asObject(entry);
    const ref = downloadId(entry);
    const path = (asText(file?.['name']) ?? asText(file?.['short_name']) ?? '').replace(/^\/+/, '');
    const size = asSize(file?.['size']);
    if (ref !== null && path !== '' && size !== null)
      files.push({ path, pathTold: true, size, ref, packed: false });
  }
  return files;
}

function revisionOf(files: readonly ItemFile[] | null): string {
  const facts = files?.map(({ path, size, ref }) => [path, size, ref]) ?? null;
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}
