/** Tokens of Real-Debrid's OAuth for open-source apps (API documentation, read 2026-11). */
import { AppError } from '../../core/errors.js';
import { isToken, type OAuthSecret } from '../../core/oauth-secret.js';
import { asNumber, asObject } from '../decode.js';
import { badAnswer, httpFailure } from '../failure.js';
import type { JsonClient } from '../json-client.js';

/** Documented, for codes of devices and for refresh tokens alike. */
const grantType = 'http://oauth.net/grant_type/device/1.0';

/** Documented: the app that anybody may use, with the rights to unrestrict, for torrents, for downloads and for the user. */
export const openSourceClient = 'X245A4XAIBGVM';

/** What a device was given to ask for tokens with. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * A token for the code of a device, or for a refresh token.
 * @throws {AppError} `token-rejected` when the service does not take it any more, else what the client throws or the status means.
 */
export async function fetchToken(
  client: JsonClient,
  { clientId, clientSecret }: OAuthClient,
  code: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<OAuthSecret> {
  const answer = await client.send({
    method: 'POST',
    path: '/oauth/v2/token',
    form: [
      ['client_id', clientId],
      ['client_secret', clientSecret],
      ['code', code],
      ['grant_type', grantType],
    ],
    token: null,
    signal,
  });
  const { status, isPage } = answer;
  if ((status === 403 || status === 401) && !isPage)
    throw new AppError('token-rejected', 'Real-Debrid does not know this login any more.', {
      retry: 'other-source',
    });
  if (status < 200 || status >= 300) {
    const row = httpFailure('Real-Debrid', status, isPage);
    const options = answer.retryAfterMs === null ? {} : { retryAfterMs: answer.retryAfterMs };
    throw new AppError(row.code, `Real-Debrid gave no token (HTTP ${status}).`, {
      retry: 'wait',
      ...options,
    });
  }
  const body = asObject(answer.json);
  const accessToken = body?.['access_token'];
  const told = body?.['refresh_token'];
  const seconds = asNumber(body?.['expires_in']);
  if (!isToken(accessToken) || seconds === null || seconds <= 0)
    throw badAnswer('Real-Debrid', answer.flaw ?? 'it holds no token');
  const refreshToken = isToken(told) ? told : code;
  return { clientId, clientSecret, refreshToken, accessToken, expiresMs: nowMs + seconds * 1000 };
}
