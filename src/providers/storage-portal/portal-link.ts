/** What the portal tells of a link that was bought. */
import type { AccountApi } from '../account-api.js';
import { asFlag, asId, asNumber, asObject, asSize, asText, asUrl, type JsonObject } from '../decode.js';
import type { HttpAnswer } from '../json-client.js';

export interface PortalLink {
  readonly id: string;
  /** Where its bytes are; null while the portal is still fetching them. */
  readonly url: string | null;
  /** The portal could not fetch it and has given up. */
  readonly hasFailed: boolean;
  /** Null where it does not tell it. */
  readonly name: string | null;
  /** Bytes; null where it does not tell them, or not yet. */
  readonly size: number | null;
  /** When to ask again, in milliseconds. */
  readonly pollAfterMs: number;
}

/** As long as the portal says, from 1 to 60 s (observed practice: JDownloader, 2026-04); documented example: 2 s. */
const poll = { leastSeconds: 1, usualSeconds: 2, mostSeconds: 60 };

/** Decodes an answer about a link. @throws {AppError} `bad-answer`. */
export function readPortalLink(api: AccountApi, answer: HttpAnswer): PortalLink {
  const data = readData(api, answer);
  const id = asId(data['linkId']);
  const isReady = asFlag(data['download_ready']);
  if (id === null || isReady === null) throw api.badAnswer('a link is not described');
  const url = isReady ? asUrl(data['link']) : null;
  if (isReady && url === null) throw api.badAnswer('a link has no address');
  const seconds = asNumber(data['poll_after_seconds']) ?? poll.usualSeconds;
  return {
    id,
    url,
    hasFailed: asText(data['remote_status'])?.toLowerCase() === 'error',
    name: asText(data['filename'])?.replace(/^\/+/, '') || null,
    // 0 of a file that is not there yet says nothing.
    size: asSize(data['filesize']) || null,
    pollAfterMs: Math.min(Math.max(seconds, poll.leastSeconds), poll.mostSeconds) * 1000,
  };
}

/** The `data` of an answer. @throws {AppError} `bad-answer` where there is none. */
export function readData(api: AccountApi, answer: HttpAnswer): JsonObject {
  const data = asObject(asObject(answer.json)?.['data']);
  if (data === null) throw api.badAnswer('it holds no data');
  return data;
}
