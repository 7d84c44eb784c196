/** From a link that Real-Debrid keeps to one that serves bytes. */
import type { Clock } from '../../core/clock.js';
import type { Link } from '../../core/provider.js';
import type { AccountApi } from '../account-api.js';
import { asObject, asUrl } from '../decode.js';

/**
 * A link with its id cut to 13 characters. About a third of the ids are longer and then good only for the account
 * that added the torrent, sometimes not even for that; their first 13 characters are good for every account (observed:
 * zurg's notes, 2026-08).
 */
export function cutLink(link: string): string {
  return link.replace(/(\/d\/[A-Za-z0-9]{13})[A-Za-z0-9]+$/, '$1');
}

/**
 * Makes a link: one request. Each makes a new row in the account's list of downloads.
 * @throws {AppError} what the file or the account is refused for; `bad-answer` for an answer without a URL.
 */
export async function unrestrict(
  api: AccountApi,
  ref: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Link> {
  const answer = await api.call({
    purpose: 'link',
    method: 'POST',
    path: '/unrestrict/link',
    form: [['link', cutLink(ref)]],
    signal,
  });
  const url = asUrl(asObject(answer.json)?.['download']);
  if (url === null) throw api.badAnswer('a link has no address');
  return { url, bornMs: clock.now() };
}
