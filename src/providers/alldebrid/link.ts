/** From a link that AllDebrid takes to one that serves bytes. */
import type { Clock } from '../../core/clock.js';
import type { Link } from '../../core/provider.js';
import type { AccountApi } from '../account-api.js';
import { asId, asList, asNumber, asObject, asSize, asText, asUrl, type JsonObject } from '../decode.js';
import { failure } from '../failure.js';
import { pickQuality } from '../quality.js';
import { readData } from './magnet.js';

/** Documented: a delayed link is asked for every five seconds or less often. */
const delayedPollMs = 5_000;

/** Documented states of a delayed link. */
const delayed = { working: 1, ready: 2, failed: 3 } as const;

/** What a link is made of. */
export interface Wanted {
  readonly link: string;
  /** By which its hoster gives the file; null: none. */
  readonly password: string | null;
  /** Of a video in several qualities; null: the one of this size, else the best. */
  readonly quality: string | null;
  /** Bytes that the file is known to have; null where nobody told. */
  readonly size: number | null;
}

/**
 * Makes a link: one request, one more for a video in several qualities, and where the service needs time another every five seconds
 * until the signal fires.
 * @throws {AppError} what the file or the account is refused for; `bad-answer` for an answer without a URL.
 */
export async function unlock(
  api: AccountApi,
  wanted: Wanted,
  clock: Clock,
  signal: AbortSignal,
): Promise<Link> {
  const { link, password } = wanted;
  const form = [['link', link] as const, ...(password === null ? [] : [['password', password] as const])];
  const unlocked = await ask(api, '/v4/link/unlock', form, signal);
  const url = asUrl(unlocked['link']);
  if (url !== null) return { url, bornMs: clock.now() };
  const streams = (asList(unlocked['streams']) ?? []).map(asObject).filter((stream) => stream !== null);
  const made = streams.length === 0 ? unlocked : await chooseStream(api, wanted, unlocked, streams, signal);
  const madeUrl = asUrl(made['link']);
  if (madeUrl !== null) return { url: madeUrl, bornMs: clock.now() };
  return waitForLink(api, made, clock, signal);
}

/** Asks for one of the qualities that a video comes in (documented flow: `link/streaming`). */
function chooseStream(
  api: AccountApi,
  { quality, size }: Wanted,
  unlocked: JsonObject,
  streams: readonly JsonObject[],
  signal: AbortSignal,
): Promise<JsonObject> {
  const bySize = streams.find((stream) => size !== null && asSize(stream['filesize']) === size);
  const best = pickQuality(streams, quality, qualityOf);
  const stream = (quality === null ? bySize : undefined) ?? best;
  const form = [
    ['id', asText(unlocked['id']) ?? ''],
    ['stream', asText(stream?.['id']) ?? ''],
  ] as const;
  return ask(api, '/v4/link/streaming', form, signal);
}

/** A number or a word (documented by example). */
function qualityOf(stream: JsonObject): string {
  const lines = asNumber(stream['quality']);
  return lines === null ? (asText(stream['quality']) ?? '') : `${lines}p`;
}

async function waitForLink(
  api: AccountApi,
  made: JsonObject,
  clock: Clock,
  signal: AbortSignal,
): Promise<Link> {
  const delayedId = asId(made['delayed']);
  if (delayedId === null) throw api.badAnswer('a link has no address');
  for (;;) {
    await clock.sleep(delayedPollMs, signal);
    const state = await ask(api, '/v4/link/delayed', [['id', delayedId]], signal);
    const status = asNumber(state['status']);
    const url = asUrl(state['link']);
    if (status === delayed.ready && url !== null) return { url, bornMs: clock.now() };
    if (status === delayed.failed) {
      throw api.error(
        failure('link-dead', 'other-source', 'AllDebrid could not make the link of this file.'),
      );
    }
    if (status !== delayed.working) throw api.badAnswer('a delayed link is neither at work nor ready');
  }
}

async function ask(
  api: AccountApi,
  path: string,
  form: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<JsonObject> {
  return readData(api, await api.call({ purpose: 'link', method: 'POST', path, form, signal }));
}
