import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { expect } from 'vitest';

/** What came back, byte for byte: no redirect followed, nothing unpacked. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False where the connection broke before the promised end. */
  readonly complete: boolean;
  /** The error code of the broken connection, where there was one. */
  readonly error: string | null;
  text(): string;
  json(): unknown;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
  /** Hears of body bytes as they come. */
  readonly onBytes?: (count: number) => void;
}

/** One request. Rejects only where no status line came. */
export function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, agent, signal } = options;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: agent ?? false, ...(signal ? { signal } : {}) });
    sent.on('error', reject);
    sent.on('response', (response) => {
      sent.off('error', reject).on('error', () => undefined);
      const pieces: Buffer[] = [];
      let error: string | null = null;
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        options.onBytes?.(piece.length);
      });
      response.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message));
      response.on('close', () => {
        const bytes = Buffer.concat(pieces);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: bytes,
          complete: response.complete,
          error,
          text: () => bytes.toString('utf8'),
          json: () => JSON.parse(bytes.toString('utf8')) as unknown,
        });
      });
    });
    sent.end(body);
  });
}

/** A request with a form, and a bearer token. */
export function post(url: string, token: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  return ask(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
}

export function get(url: string, token: string): Promise<Answer> {
  return ask(url, { headers: { Authorization: `Bearer ${token}` } });
}

/** Compares bytes without printing them. */
export function sameBytes(actual: Buffer, expected: Buffer): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.equals(expected)).toBe(true);
}
