/** Login to Real-Debrid: the device flow for open-source apps (API documentation, read 2026-11). */
import { AppError } from '../../core/errors.js';
import type { LoginScreen } from '../../core/login.js';
import { encodeOAuthSecret, isToken } from '../../core/oauth-secret.js';
import { asObject, asText } from '../decode.js';
import {
  asCode,
  asShownUrl,
  intervalOf,
  lifetimeOf,
  secondsToMs,
  type LoginClient,
} from '../login-client.js';
import { pollLogin } from '../login-poll.js';
import { fetchToken, openSourceClient, type OAuthClient } from './oauth.js';

/** Once the user has approved, so long the token is asked for, whatever trouble there is. */
const tokenWithinMs = 120_000;

/** Resolves with the login as it is kept. @throws {AppError} as `Login.byCode`. */
export async function logInToRealDebrid(
  client: LoginClient,
  screen: LoginScreen,
  signal: AbortSignal,
): Promise<string> {
  const { clock } = client;
  const device = await startDevice(client, signal);
  const { deviceCode, code, url, directUrl, intervalMs, lifetimeMs } = device;
  screen.step({ kind: 'code', code, url, directUrl, lifetimeMs });
  const credentials = await pollLogin<OAuthClient>({
    clock,
    screen,
    signal,
    intervalMs,
    lifetimeMs,
    late: client.late('The code was not approved in time.'),
    ask: () => askCredentials(client, deviceCode, signal),
  });
  const login = await pollLogin({
    clock,
    screen,
    signal,
    intervalMs: 0,
    lifetimeMs: tokenWithinMs,
    late: client.late('Real-Debrid approved the code, but gave no token.'),
    ask: () => fetchToken(client.http, credentials, deviceCode, clock.now(), signal),
  });
  return encodeOAuthSecret(login);
}

interface Device {
  readonly deviceCode: string;
  readonly code: string;
  readonly url: string;
  readonly directUrl: string | null;
  readonly intervalMs: number;
  readonly lifetimeMs: number;
}

async function startDevice(client: LoginClient, signal: AbortSignal): Promise<Device> {
  const query = { client_id: openSourceClient, new_credentials: 'yes' };
  const answer = await client.ask({ method: 'GET', path: '/oauth/v2/device/code', query, signal });
  if (answer.status >= 300) throw client.failure(answer);
  const body = asObject(answer.json);
  const deviceCode = body?.['device_code'];
  const code = asCode(body?.['user_code']);
  const url = asShownUrl(body?.['verification_url']);
  if (!isToken(deviceCode) || code === null || url === null) throw client.badAnswer('it holds no code');
  return {
    deviceCode,
    code,
    url,
    // Not documented, but observed.
    directUrl: asShownUrl(body?.['direct_verification_url']),
    intervalMs: intervalOf(body?.['interval']),
    lifetimeMs: lifetimeOf(secondsToMs(body?.['expires_in'])),
  };
}

/** Documented: an error until the user has approved. What it says is not, so only time tells that it is too late. */
async function askCredentials(
  client: LoginClient,
  code: string,
  signal: AbortSignal,
): Promise<OAuthClient | 'pending' | 'slower'> {
  const query = { client_id: openSourceClient, code };
  const { json } = await client.ask({ method: 'GET', path: '/oauth/v2/device/credentials', query, signal });
  const body = asObject(json);
  const clientId = body?.['client_id'];
  const clientSecret = body?.['client_secret'];
  if (isToken(clientId) && isToken(clientSecret)) return { clientId, clientSecret };
  const error = asText(body?.['error']);
  // RFC 8628, should it ever say so.
  if (error === 'access_denied')
    throw new AppError('token-rejected', client.late('The login was denied at Real-Debrid.'));
  return error === 'slow_down' ? 'slower' : 'pending';
}
