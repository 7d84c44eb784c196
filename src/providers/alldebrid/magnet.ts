/** A magnet of AllDebrid, as its status tells it. */
import type { AccountApi } from '../account-api.js';
import type { HttpAnswer } from '../json-client.js';
import type { ItemState } from '../../core/torrent.js';
import {
  asId,
  asInfohash,
  asList,
  asNumber,
  asObject,
  asText,
  unixSecondsToMs,
  type JsonObject,
} from '../decode.js';
import type { DecodedEntry } from '../listing-builder.js';
import { revisionOf } from '../revision.js';
import { flattenFiles } from './file-tree.js';

/** Documented status codes of magnets that ended badly. 0 to 3 are work, 4 is ready. */
const failures: ReadonlyMap<number, string> = new Map([
  [5, 'AllDebrid could not take in this torrent.'],
  [6, 'AllDebrid could not unpack this torrent.'],
  [7, 'Nobody shared this torrent within 20 minutes.'],
  [8, 'This torrent is too big for AllDebrid.'],
  [9, 'AllDebrid has an internal error with this torrent.'],
  [10, 'The download of this torrent took more than 72 hours.'],
  [11, 'The content of this torrent was deleted at AllDebrid.'],
  [12, 'AllDebrid could not work on this torrent.'],
  [13, 'AllDebrid could not work on this torrent.'],
  [14, 'AllDebrid could not reach the tracker of this torrent.'],
  [15, 'Nobody shares this torrent.'],
]);

const readyCode = 4;

/** The magnets of an answer's `data`, which come as a list, as a map, or as a single object; null for anything else. */
export function readMagnets(data: JsonObject): readonly unknown[] | null {
  const magnets = data['magnets'];
  const single = asObject(magnets);
  return single !== null && asId(single['id']) !== null ? [single] : asList(magnets);
}

/** The id of a magnet, a number or a string from one request to the next; null where there is none. */
export function magnetId(raw: unknown): string | null {
  return asId(asObject(raw)?.['id']);
}

/** One magnet. The list need not hold its files. */
export function decodeMagnet(raw: unknown): DecodedEntry {
  const magnet = asObject(raw);
  const id = magnetId(raw);
  if (magnet === null || id === null) return { kind: 'unknown' };
  const statusCode = asNumber(magnet['statusCode']);
  // The files of a magnet never change once it is ready, unless it was started again and completed anew.
  const revision = revisionOf([magnet['statusCode'], magnet['size'], magnet['completionDate']]);
  if (statusCode === null || revision === null) return { kind: 'unreadable', id };
  const files = flattenFiles(magnet['files'])?.files ?? [];
  const item = {
    id,
    // Not in the documentation, but observed. Without it the id stands in, so that the item is at least itself.
    torrent: asInfohash(magnet['hash']) ?? `alldebrid:id-${id}`,
    name: nameOf(magnet),
    addedMs: unixSecondsToMs(magnet['uploadDate']),
    ...readState(statusCode),
    files: statusCode === readyCode && files.length > 0 ? files : null,
    revision,
  };
  return { kind: 'item', item };
}

/** The name of a magnet; empty while it is not known. */
export function nameOf(magnet: JsonObject): string {
  const name = asText(magnet['filename']) ?? '';
  return name === 'noname' ? '' : name;
}

/**
 * The `data` of an answer.
 * @throws {AppError} `bad-answer` where there is none.
 */
export function readData(api: AccountApi, answer: HttpAnswer): JsonObject {
  const data = asObject(asObject(answer.json)?.['data']);
  if (data === null) throw api.badAnswer('it holds no data');
  return data;
}

function readState(statusCode: number): { readonly state: ItemState; readonly reason: string | null } {
  if (statusCode === readyCode) return { state: 'ready', reason: null };
  const failed = failures.get(statusCode);
  if (failed !== undefined) return { state: 'failed', reason: failed };
  return { state: 'working', reason: 'AllDebrid is still at work on this torrent.' };
}
