/** The mail by which AllDebrid has a new place confirmed (API documentation, read 2026-11: `AUTH_BLOCKED`, `/user/verif`). */
import { AppError } from '../../core/errors.js';
import type { LoginScreen } from '../../core/login.js';
import { isToken } from '../../core/oauth-secret.js';
import { asFlag } from '../decode.js';
import type { LoginClient } from '../login-client.js';
import { pollLogin } from '../login-poll.js';
import { askAllDebrid } from './login-answer.js';

/** How long the mail is good is not documented: so long somebody may take to find it. */
const lifetimeMs = 30 * 60_000;
const intervalMs = 5_000;
/** So long after the first the mail is sent once more, which the service does once. */
const resendAfterMs = 3 * 60_000;

/**
 * Waits until the user has followed the link in the mail.
 * @param key what was blocked; null where it is not known yet.
 * @returns the key that is good from now on.
 * @throws {AppError} `timeout` when nobody did; `token-rejected` when the user said that it was somebody else.
 */
export async function waitForMail(
  client: LoginClient,
  token: string,
  key: string | null,
  screen: LoginScreen,
  signal: AbortSignal,
): Promise<string> {
  const { clock } = client;
  const sentence =
    'AllDebrid does not know this place yet and has sent a mail: follow the link in it to allow the login.';
  screen.step({ kind: 'mail', sentence, lifetimeMs });
  const form = [['token', token]] as const;
  const sinceMs = clock.monotonic();
  let resent = false;
  return pollLogin({
    clock,
    screen,
    signal,
    intervalMs,
    lifetimeMs,
    late: client.late('The link in the mail was not followed in time.'),
    ask: async () => {
      const { data, error } = await askAllDebrid(client, '/v4/user/verif', form, null, signal);
      // Documented: the token is not known any more.
      if (error?.code === 'PIN_EXPIRED') throw new AppError('timeout', client.late('The mail has expired.'));
      if (error !== null) throw client.error(error.failure);
      if (data['verif'] === 'denied')
        throw new AppError('token-rejected', client.late('The login was denied by the link in the mail.'));
      if (data['verif'] === 'allowed') {
        const given = isToken(data['apikey']) ? data['apikey'] : key;
        if (given === null) throw client.badAnswer('it holds no key');
        return given;
      }
      if (!resent && asFlag(data['resendable']) === true && clock.monotonic() - sinceMs >= resendAfterMs) {
        resent = true;
        await askAllDebrid(client, '/v4/user/verif/resend', form, null, signal);
        screen.say('AllDebrid was asked to send the mail once more.');
      }
      return 'pending';
    },
  });
}
