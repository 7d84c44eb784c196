/** From a link that AllDebrid keeps to one that serves bytes. */
import type { Clock } from '../../core/clock.js';
import type { Link } from '../../core/provider.js';
import type { AccountApi } from '../account-api.js';
import { asId, asNumber, asUrl } from '../decode.js';
import { failure } from '../failure.js';
import { readData } from './magnet.js';

/** Documented: a delayed link is asked for every five seconds or less often. */
const delayedPollMs = 5_000;

/** Documented states of a delayed link. */
const delayed = { working: 1, ready: 2, failed: 3 } as const;

/**
 * Makes a link: one request, or where the service needs time one more every five seconds until the signal fires.
 * @throws {AppError} what the file or the account is refused for; `bad-answer` for an answer without a URL.
 */
export async function unlock(api: AccountApi, ref: string, clock: Clock, signal: AbortSignal): Promise<Link> {
  const call = { purpose: 'link', method: 'POST', signal } as const;
  const data = readData(api, await api.call({ ...call, path: '/v4/link/unlock', form: [['link', ref]] }));
  const url = asUrl(data['link']);
  if (url !== null) return { url, bornMs: clock.now() };
  const delayedId = asId(data['delayed']);
  if (delayedId === null) throw api.badAnswer('a link has no address');
  for (;;) {
    await clock.sleep(delayedPollMs, signal);
    const answer = await api.call({ ...call, path: '/v4/link/delayed', form: [['id', delayedId]] });
    const state = readData(api, answer);
    const status = asNumber(state['status']);
    const made = asUrl(state['link']);
    if (status === delayed.ready && made !== null) return { url: made, bornMs: clock.now() };
    if (status === delayed.failed) {
      throw api.error(
        failure('link-dead', 'other-source', 'AllDebrid could not make the link of this file.'),
      );
    }
    if (status !== delayed.working) throw api.badAnswer('a delayed link is neither at work nor ready');
  }
}
