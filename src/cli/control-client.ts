import { request, type IncomingMessage } from 'node:http';
import { AppError, codeOf } from '../core/errors.js';
import type { ControlFailure } from '../server/control-app.js';
import { controlSocketPath } from '../server/control-socket.js';

/** Far above any status; an answer that is longer is none of ours. */
const maxAnswerBytes = 64 * 2 ** 20;

/** One request to the running process; resolves with its answer. */
export interface ControlRequest {
  readonly method: 'GET' | 'POST';
  /** With query, such as `/explain?path=…`. */
  readonly path: string;
  /** Longest silence, in milliseconds; null to wait for as long as the process lives. */
  readonly timeoutMs: number | null;
  /** JSON to send. */
  readonly body?: string;
  /** Gives the request up; the process hears of that. */
  readonly signal?: AbortSignal;
}

/**
 * Asks the process that runs on a state folder.
 * @throws {AppError} `not-found` with `running: false` in its context when none runs; what the process threw; `bad-answer`, `timeout`,
 * `aborted` when the signal fires.
 */
export async function askRunning<Answer>(stateDir: string, asked: ControlRequest): Promise<Answer> {
  const socketPath = controlSocketPath(stateDir);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method, path, timeoutMs, body, signal } = asked;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const headers = { host: 'localhost', ...length };
    const outgoing = request(
      { socketPath, method, path, headers, ...(signal === undefined ? {} : { signal }) },
      resolve,
    );
    outgoing.on('error', (cause) => {
      reject(signal?.aborted === true ? givenUp(cause) : explain(cause, socketPath));
    });
    if (timeoutMs !== null) {
      outgoing.setTimeout(timeoutMs, () => {
        outgoing.destroy(new AppError('timeout', `The running debridfs did not answer on ${socketPath}.`));
      });
    }
    outgoing.end(body);
  });
  const text = await readAll(response);
  const answer = parse(text);
  if (response.statusCode !== undefined && response.statusCode < 300) return answer as Answer;
  const { error } = answer as Partial<ControlFailure>;
  if (error === undefined) throw garbled();
  const { code, message, context = {} } = error;
  throw new AppError(code, message, { context });
}

/** Whether a request failed because no process runs on the state folder. */
export function isNotRunning(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.context['running'] === false;
}

async function readAll(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.byteLength;
      if (bytes > maxAnswerBytes) throw garbled();
      pieces.push(piece);
    }
  } catch (cause) {
    throw cause instanceof AppError ? cause : garbled(cause);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw garbled(cause);
  }
}

function givenUp(cause: Error): AppError {
  return new AppError('aborted', 'It was given up.', { cause });
}

function garbled(cause?: unknown): AppError {
  return new AppError('bad-answer', 'The running debridfs ended or gave an answer that cannot be read.', {
    cause,
  });
}

function explain(cause: Error, socketPath: string): AppError {
  if (cause instanceof AppError) return cause;
  const code = codeOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED') {
    const context = { running: false };
    const remedy =
      'Where it has another state folder, name that (--state-dir), or its configuration (--config).';
    return new AppError(
      'not-found',
      `debridfs is not running (nothing answers on ${socketPath}). ${remedy}`,
      { cause, context },
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const remedy = 'Run this as the user that runs debridfs.';
    return new AppError('storage', `${socketPath} belongs to another user. ${remedy}`, { cause });
  }
  return garbled(cause);
}
