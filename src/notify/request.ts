/** One bounded HTTP request to a media server. */
import { request } from 'undici';
import { AppError, codeOf } from '../core/errors.js';

export interface TargetRequest {
  readonly method: 'GET' | 'POST';
  /** May hold a secret: it is in no message. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** A media server on the way from sleep may take that long; it is tried again later. */
const answerWithinMs = 20_000;
/** Far above any list of sections. */
const mostBytes = 4 * 2 ** 20;

/**
 * The body of an answer with a status of 2xx, as text.
 * @throws {AppError} `network`, `timeout`; `token-rejected` for 401 and 403; `bad-answer` for any other status, or a body that is
 * too large; `aborted`.
 */
export async function ask(target: string, asked: TargetRequest, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(answerWithinMs);
  const headers = { accept: 'application/json', ...asked.headers };
  const body = asked.json === undefined ? undefined : JSON.stringify(asked.json);
  try {
    const response = await request(asked.url, {
      method: asked.method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([signal, limit]),
    });
    const text = await textOf(response.body);
    const { statusCode } = response;
    if (statusCode >= 200 && statusCode < 300) return text;
    if (statusCode === 401 || statusCode === 403)
      throw new AppError('token-rejected', `${target} refuses the token. Correct \`token\` of this target.`);
    throw new AppError('bad-answer', `${target} answered with status ${statusCode}.`);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    if (signal.aborted) throw new AppError('aborted', 'The wait was given up by its caller.');
    if (limit.aborted)
      throw new AppError('timeout', `${target} did not answer within ${answerWithinMs / 1000} s.`);
    throw new AppError('network', `${target} cannot be reached (${codeOf(thrown) ?? 'unknown'}).`);
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > mostBytes) throw new AppError('bad-answer', 'Its answer is larger than 4 MiB.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
