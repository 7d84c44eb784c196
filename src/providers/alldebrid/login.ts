/** Login to AllDebrid: a PIN for the user, and where the place is new a mail (API documentation, read 2026-11). */
import { AppError } from '../../core/errors.js';
import type { LoginScreen } from '../../core/login.js';
import { isToken } from '../../core/oauth-secret.js';
import { asFlag } from '../decode.js';
import {
  asCode,
  asShownUrl,
  intervalOf,
  lifetimeOf,
  secondsToMs,
  type LoginClient,
} from '../login-client.js';
import { passes, pollLogin } from '../login-poll.js';
import { askAllDebrid, type AllDebridAnswer } from './login-answer.js';
import { waitForMail } from './verification.js';

/** Documented: every few seconds. */
const intervalMs = intervalOf(null);

/** Resolves with the account's key. @throws {AppError} as `Login.byCode`. */
export async function logInToAllDebrid(
  client: LoginClient,
  screen: LoginScreen,
  signal: AbortSignal,
): Promise<string> {
  const { data } = refuseErrors(client, await askAllDebrid(client, '/v4.1/pin/get', [], null, signal));
  const pin = asCode(data['pin']);
  const check = data['check'];
  const url = asShownUrl(data['base_url']);
  const directUrl = asShownUrl(data['user_url']);
  if (pin === null || !isToken(check) || (url ?? directUrl) === null)
    throw client.badAnswer('it holds no PIN');
  const lifetimeMs = lifetimeOf(secondsToMs(data['expires_in']));
  screen.step({ kind: 'code', code: pin, url: url ?? directUrl ?? '', directUrl, lifetimeMs });
  const found = await pollLogin<PinAnswer>({
    clock: client.clock,
    screen,
    signal,
    intervalMs,
    lifetimeMs,
    late: late(client),
    ask: () => checkPin(client, pin, check, signal),
  });
  if (found.kind === 'mail') return waitForMail(client, found.token, null, screen, signal);
  const told = await askAllDebrid(client, '/v4/user', [], found.key, signal).catch((thrown: unknown) => {
    // The key was given for this login, so it is good; the mount meets the trouble on its own.
    if (passes(thrown)) return null;
    throw thrown;
  });
  return told === null ? found.key : confirmed(client, told, found.key, screen, signal);
}

/**
 * Asks whether a key is good from here, and waits for the user where the service wants that confirmed by mail.
 * @returns the key that is good from now on.
 * @throws {AppError} as `Login.byKey`.
 */
export async function confirmAllDebridKey(
  client: LoginClient,
  key: string,
  screen: LoginScreen,
  signal: AbortSignal,
): Promise<string> {
  const answer = await askAllDebrid(client, '/v4/user', [], key, signal);
  return confirmed(client, answer, key, screen, signal);
}

/** The same, once it has answered. */
async function confirmed(
  client: LoginClient,
  answer: AllDebridAnswer,
  key: string,
  screen: LoginScreen,
  signal: AbortSignal,
): Promise<string> {
  const { error } = answer;
  if (error?.code === 'AUTH_BLOCKED' && error.token !== null)
    return waitForMail(client, error.token, key, screen, signal);
  refuseErrors(client, answer);
  return key;
}

type PinAnswer =
  { readonly kind: 'key'; readonly key: string } | { readonly kind: 'mail'; readonly token: string };

async function checkPin(
  client: LoginClient,
  pin: string,
  check: string,
  signal: AbortSignal,
): Promise<PinAnswer | 'pending'> {
  const form = [
    ['pin', pin],
    ['check', check],
  ] as const;
  const answer = await askAllDebrid(client, '/v4/pin/check', form, null, signal);
  const { error } = answer;
  if (error?.code === 'PIN_EXPIRED' || error?.code === 'PIN_INVALID')
    throw new AppError('timeout', late(client));
  if (error?.code === 'AUTH_BLOCKED' && error.token !== null) return { kind: 'mail', token: error.token };
  const { data } = refuseErrors(client, answer);
  if (asFlag(data['activated']) !== true) return 'pending';
  const key = data['apikey'];
  if (!isToken(key)) throw client.badAnswer('it holds no key');
  return { kind: 'key', key };
}

function late(client: LoginClient): string {
  return client.late('The PIN was not approved in time.');
}

/** @throws {AppError} what an error means. */
function refuseErrors(client: LoginClient, answer: AllDebridAnswer): AllDebridAnswer {
  if (answer.error !== null) throw client.error(answer.error.failure);
  return answer;
}
