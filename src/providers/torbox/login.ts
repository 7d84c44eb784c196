/** Login to TorBox: its device flow, as public clients use it (observed 2026). */
import { AppError } from '../../core/errors.js';
import type { LoginScreen } from '../../core/login.js';
import { isToken } from '../../core/oauth-secret.js';
import { asObject, asText, isoDateToMs } from '../decode.js';
import { asCode, asShownUrl, intervalOf, lifetimeOf, type LoginClient } from '../login-client.js';
import { pollLogin } from '../login-poll.js';

const basePath = '/v1/api/user/auth/device';

/** Resolves with the account's key. @throws {AppError} as `Login.byCode`. */
export async function logInToTorBox(
  client: LoginClient,
  screen: LoginScreen,
  signal: AbortSignal,
): Promise<string> {
  const { clock } = client;
  const query = { app: 'debridfs' };
  const answer = await client.ask({ method: 'GET', path: `${basePath}/start`, query, signal });
  if (answer.status >= 300) throw client.failure(answer);
  const data = asObject(asObject(answer.json)?.['data']);
  const deviceCode = data?.['device_code'];
  const code = asCode(data?.['code']);
  const url = asShownUrl(data?.['verification_url']);
  if (!isToken(deviceCode) || code === null || url === null) throw client.badAnswer('it holds no code');
  const endMs = isoDateToMs(data?.['expires_at']);
  const lifetimeMs = lifetimeOf(endMs === 0 ? null : endMs - clock.now());
  const directUrl = asShownUrl(data?.['friendly_verification_url']);
  screen.step({ kind: 'code', code, url, directUrl, lifetimeMs });
  return pollLogin({
    clock,
    screen,
    signal,
    intervalMs: intervalOf(data?.['interval']),
    lifetimeMs,
    late: late(client),
    ask: () => askToken(client, deviceCode, signal),
  });
}

function late(client: LoginClient): string {
  return client.late('The code was not approved in time.');
}

/** Not approved yet is HTTP 400, and so is too late (observed); the words for either are not documented. */
async function askToken(client: LoginClient, deviceCode: string, signal: AbortSignal): Promise<string> {
  const json = { device_code: deviceCode };
  const answer = await client.ask({ method: 'POST', path: `${basePath}/token`, json, signal });
  const body = asObject(answer.json);
  const token = asObject(body?.['data'])?.['access_token'];
  if (answer.status < 300 && isToken(token)) return token;
  const words = `${asText(body?.['error']) ?? ''} ${asText(body?.['detail']) ?? ''}`;
  if (/expired/i.test(words)) throw new AppError('timeout', late(client));
  if (/denied|declined|rejected/i.test(words))
    throw new AppError('token-rejected', client.late('The login was denied at TorBox.'));
  return /slow/i.test(words) ? 'slower' : 'pending';
}
