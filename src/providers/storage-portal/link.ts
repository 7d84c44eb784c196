/** From what was bought to a URL that serves bytes. Spends nothing. */
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Link } from '../../core/provider.js';
import type { AccountApi } from '../account-api.js';
import { asId } from '../decode.js';
import { failure } from '../failure.js';
import { readPortalLink, type PortalLink } from './portal-link.js';

const notBought = failure(
  'not-bought',
  'other-source',
  'This file is not bought, and reading never buys: it would cost traffic of account "{account}". To buy it, write `buy=true` behind its link in its links file, or run `debridfs add --buy URL` with its link.',
);
const copyGone = failure(
  'not-bought',
  'other-source',
  'The copy of this file that account "{account}" bought is gone. To buy it again, run `debridfs add --buy URL` with its link.',
);
const fetchFailed = failure(
  'link-dead',
  'other-source',
  'Storage Portal could not fetch this file from its host. To buy it again, run `debridfs add --buy URL` with its link.',
);

const boughtPrefix = 'bought:';

/** By which a file that was bought is read. */
export function boughtRef(linkId: string): string {
  return `${boughtPrefix}${linkId}`;
}

/** By which a file stands in the tree that nobody bought. */
export function offerRef(url: string): string {
  return `offer:${url}`;
}

/**
 * The URL of a file that was bought: one request, or one more each time the portal says to ask again, until it has fetched
 * the file or the signal fires.
 * @throws {AppError} `not-bought` at once for any other file, and where the copy is gone; what the account is refused for.
 */
export async function linkOf(api: AccountApi, ref: string, clock: Clock, signal: AbortSignal): Promise<Link> {
  const id = ref.startsWith(boughtPrefix) ? asId(ref.slice(boughtPrefix.length)) : null;
  if (id === null) throw api.error(notBought);
  for (;;) {
    const { url, hasFailed, pollAfterMs } = await ask(api, id, signal);
    if (url !== null) return { url, bornMs: clock.now() };
    if (hasFailed) throw api.error(fetchFailed);
    await clock.sleep(pollAfterMs, signal);
  }
}

async function ask(api: AccountApi, id: string, signal: AbortSignal): Promise<PortalLink> {
  try {
    const answer = await api.call({ purpose: 'link', method: 'GET', path: `/link/${id}`, signal });
    return readPortalLink(api, answer);
  } catch (thrown) {
    throw isGone(thrown) ? api.error(copyGone) : thrown;
  }
}

/** Documented: 404 for a link that does not exist, or is another account's. As a web page it says that nothing is there at all. */
function isGone(thrown: unknown): boolean {
  if (!(thrown instanceof AppError)) return false;
  const { status, serviceCode, serviceMessage } = thrown.context;
  return (
    serviceCode === '104' || (status === 404 && serviceCode === null && typeof serviceMessage === 'string')
  );
}
