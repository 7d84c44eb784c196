/** AllDebrid's answers to the calls of a login. */
import { isToken } from '../../core/oauth-secret.js';
import { asObject, asText, type JsonObject } from '../decode.js';
import { failure, type Failure } from '../failure.js';
import type { LoginClient } from '../login-client.js';
import { allDebridFailures } from './errors.js';

export interface AllDebridAnswer {
  readonly data: JsonObject;
  /** Null where it is a success. */
  readonly error: {
    readonly code: string;
    /** What goes with `AUTH_BLOCKED`, to ask how far the confirmation is; null where none does. */
    readonly token: string | null;
    readonly failure: Failure;
  } | null;
}

/**
 * One call. `key` goes with it where there is one.
 * @throws {AppError} what the client throws, and for what is no answer of the service.
 */
export async function askAllDebrid(
  client: LoginClient,
  path: string,
  form: readonly (readonly [name: string, value: string])[],
  key: string | null,
  signal: AbortSignal,
): Promise<AllDebridAnswer> {
  const answer = await client.ask({
    method: form.length === 0 ? 'GET' : 'POST',
    path,
    ...(form.length === 0 ? {} : { form }),
    ...(key === null ? {} : { token: key }),
    signal,
  });
  const body = asObject(answer.json);
  const status = body?.['status'];
  if (status === 'success') return { data: asObject(body?.['data']) ?? {}, error: null };
  const error = asObject(body?.['error']);
  if (status !== 'error' || error === null) {
    // Documented: an answer without `status` has failed.
    throw answer.status >= 400 ? client.failure(answer) : client.badAnswer('it has no status');
  }
  const code = asText(error['code']) ?? '';
  const token = error['token'];
  const known = Object.hasOwn(allDebridFailures, code) ? allDebridFailures[code] : undefined;
  return {
    data: {},
    error: {
      code,
      token: isToken(token) ? token : null,
      failure: known ?? failure('bad-answer', 'wait', 'AllDebrid refused this without a known reason.'),
    },
  };
}
