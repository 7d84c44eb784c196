/** One bounded HTTP request to a media server. */
import { AppError, codeOf } from '../core/errors.js';

export interface TargetRequest {
  readonly method: 'GET' | 'POST';
  /** May hold a secret: it is in no message. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** What it lets in by; left out: a token. */
  readonly login?: 'url' | 'token';
}

/** A media server on the way from sleep may take that long; it is tried again later. */
const answerWithinMs = 20_000;
const refusals = {
  token: 'refuses the token. Correct `token` of this target.',
  url: 'refuses the user name and password. Correct those in the `url` of this target.',
} as const;
/** Far above any list of sections. */
const mostBytes = 4 * 2 ** 20;

/**
 * The body of an answer with a status of 2xx, as text. An error's context has the `status` with the `location` of a redirect, or the `cause` by
 * its code.
 * @throws {AppError} `network`, `timeout`; `token-rejected` for 401 and 403; `bad-answer` for any other status, or a body that is
 * too large; `aborted`.
 */
export async function ask(target: string, asked: TargetRequest, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(answerWithinMs);
  const headers = { accept: 'application/json', ...asked.headers };
  const body = asked.json === undefined ? undefined : JSON.stringify(asked.json);
  try {
    // Loaded when somebody is first told something: the mount is waited for before that.
    const { request } = await import('undici');
    const response = await request(asked.url, {
      method: asked.method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([signal, limit]),
    });
    const text = await textOf(target, response.body);
    const { statusCode: status } = response;
    if (status >= 200 && status < 300) return text;
    const context = { status, location: redirectOf(response.headers['location'], asked.url) };
    if (status === 401 || status === 403)
      throw new AppError('token-rejected', `${target} ${refusals[asked.login ?? 'token']}`, { context });
    throw new AppError('bad-answer', `${target} answered with status ${status}.`, { context });
  } catch (thrown) {
    throw failure(target, thrown, signal, limit);
  }
}

/**
 * Whether anybody speaks HTTP at an address, whatever the answer is.
 * @throws {AppError} `network`, `timeout`, `aborted`.
 */
export async function reach(target: string, url: URL, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(answerWithinMs);
  try {
    const { request } = await import('undici');
    const { body } = await request(url, { method: 'HEAD', signal: AbortSignal.any([signal, limit]) });
    await body.dump();
  } catch (thrown) {
    throw failure(target, thrown, signal, limit);
  }
}

function failure(target: string, thrown: unknown, signal: AbortSignal, limit: AbortSignal): AppError {
  if (thrown instanceof AppError) return thrown;
  if (signal.aborted) return new AppError('aborted', 'The wait was given up by its caller.');
  if (limit.aborted)
    return new AppError('timeout', `${target} did not answer within ${answerWithinMs / 1000} s.`);
  const cause = codeOf(thrown) ?? 'unknown';
  return new AppError('network', `${target} cannot be reached (${cause}).`, { context: { cause } });
}

/** Where a redirect leads, without what may be a secret in it; null where there is none. */
function redirectOf(location: string | string[] | undefined, from: URL): string | null {
  if (typeof location !== 'string' || !URL.canParse(location, from.href)) return null;
  const { protocol, host, pathname } = new URL(location, from);
  return `${protocol}//${host}${pathname}`;
}

async function textOf(target: string, body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > mostBytes) throw new AppError('bad-answer', `${target} answers with more than 4 MiB.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
