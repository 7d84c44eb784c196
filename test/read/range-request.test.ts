import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { ObservedFailure } from '../../src/read/observation.js';
import { HttpClient } from '../../src/read/http/client.js';
import { openRange } from '../../src/read/range-request.js';

/** Answers every connection with the same bytes, whatever they are. */
class RawServer {
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(answer: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        this.requests.push(bytes.toString());
        answer(socket);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/file`;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

describe('a ranged request', () => {
  let received = 0;
  const unlimited = {
    share: null,
    clock: systemClock,
    onReceived: (bytes: number): void => void (received += bytes),
  };
  let client: HttpClient;
  let server: RawServer | null;
  beforeEach(() => {
    client = new HttpClient({ proxyUrl: null, reach: 'any' }, { silenceMs: 1100, idleMs: 1000 });
    server = null;
    received = 0;
  });
  afterEach(() => {
    client.close();
    server?.stop();
  });

  /** Asks for bytes 10 to 20 of a file of 100, and gives what came. */
  const ask = async (
    head: string,
    body = '',
    over: { readonly pageExpected?: boolean } = {},
  ): Promise<string> => {
    server = new RawServer((socket) => socket.end(`HTTP/1.1 ${head}\r\n\r\n${body}`));
    const url = await server.listen();
    const wanted = { start: 10, end: 20, size: 100, pageExpected: false, ...unlimited, ...over };
    const opened = await openRange({ url, client, signal: new AbortController().signal, ...wanted });
    const bytes = Buffer.alloc(100);
    try {
      const filled = await opened.fill(bytes);
      await opened.finish();
      return bytes.toString('utf8', 0, filled);
    } finally {
      opened.destroy();
    }
  };
  const partial = (range: string, ...headers: string[]): string =>
    ['206 Partial Content', `Content-Range: ${range}`, ...headers].join('\r\n');
  const ten = '0123456789';

  it.each([
    ['its range and length', partial('bytes 10-19/100', 'Content-Length: 10'), ten],
    ['its range and no length', partial('bytes 10-19/100'), ten],
    [
      'its range in pieces',
      partial('bytes 10-19/100', 'Transfer-Encoding: chunked'),
      `a\r\n${ten}\r\n0\r\n\r\n`,
    ],
    ['less than asked for', partial('bytes 10-14/100', 'Content-Length: 5'), '01234'],
  ])('is taken with %s', async (_name, head, body) => {
    expect(ten.startsWith(await ask(head, body))).toBe(true);
    expect(server?.requests[0]).toMatch(/range: bytes=10-19\r\n/i);
    expect(server?.requests[0]).toMatch(/accept-encoding: identity\r\n/i);
    expect(server?.requests).toHaveLength(1);
  });

  it.each([
    ['another start', partial('bytes 9-18/100', 'Content-Length: 10'), ten, 'wrong-range'],
    ['more than asked for', partial('bytes 10-29/100', 'Content-Length: 20'), ten + ten, 'wrong-range'],
    ['another size', partial('bytes 10-19/101', 'Content-Length: 10'), ten, 'wrong-size'],
    ['an unknown size', partial('bytes 10-19/*', 'Content-Length: 10'), ten, 'wrong-range'],
    ['no range told', '206 Partial Content\r\nContent-Length: 10', ten, 'wrong-range'],
    ['a length unlike its range', partial('bytes 10-19/100', 'Content-Length: 9'), ten, 'wrong-length'],
    [
      'a range that ends before it begins',
      partial('bytes 10-9/100', 'Content-Length: 5'),
      ten,
      'wrong-range',
    ],
    ['no body', partial('bytes 10-19/100', 'Content-Length: 0'), '', 'empty'],
    ['the whole file', '200 OK\r\nContent-Length: 100', ten, 'range-ignored'],
    ['a page', partial('bytes 10-19/100', 'Content-Type: text/html'), ten, 'page'],
    ['an encoding', partial('bytes 10-19/100', 'Content-Encoding: gzip'), ten, 'encoded'],
    [
      'an encoding told twice',
      partial('bytes 10-19/100', 'Content-Encoding: gzip\r\nContent-Encoding: gzip'),
      ten,
      'encoded',
    ],
    [
      'a page told twice',
      partial('bytes 10-19/100', 'Content-Type: text/html\r\nContent-Type: x/y'),
      ten,
      'page',
    ],
    ['a shorter body', partial('bytes 10-19/100', 'Content-Length: 10'), '012', 'cut'],
    [
      'a longer body',
      partial('bytes 10-19/100', 'Transfer-Encoding: chunked'),
      `b\r\n${ten}x\r\n0\r\n\r\n`,
      'overlong',
    ],
    ['a redirect to itself', '302 Found\r\nLocation: /file', '', 'bad-redirect'],
    ['a redirect without a place', '302 Found', '', 'bad-redirect'],
    ['no HTTP', '\0\0\0\0', '', 'garbled'],
    ['a header without an end', `206 Partial\r\nX: ${'x'.repeat(100_000)}`, '', 'garbled'],
  ])('is refused with %s', async (_name, head, body, kind) => {
    const seen = await ask(head, body).then(
      (text) => ({ kind: `accepted: ${text}` }),
      (error: unknown) => (error instanceof ObservedFailure ? error.seen : error),
    );
    expect(seen).toMatchObject({ kind });
  });

  it.each([
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/plain,0123456789'],
    ['another protocol', 'ftp://127.0.0.1/file'],
    ['nothing', 'http://'],
    ['half a URL', 'http:///[x'],
  ])('follows no redirect to %s', async (_name, location) => {
    await expect(ask(`302 Found\r\nLocation: ${location}`)).rejects.toMatchObject({
      seen: { kind: 'bad-redirect' },
    });
    expect(server?.requests).toHaveLength(1);
  });

  it('tells a host that it is redirected to nothing of the one before', async () => {
    const other = new RawServer((socket) =>
      socket.end(`HTTP/1.1 ${partial('bytes 10-19/100', 'Content-Length: 10')}\r\n\r\n${ten}`),
    );
    const to = (await other.listen()).replace('//', '//user:word@');
    expect(await ask(`302 Found\r\nSet-Cookie: a=b\r\nLocation: ${to}?key=1`)).toBe(ten);
    const [request = ''] = other.requests;
    expect(request).toContain('GET /file?key=1 HTTP/1.1');
    expect(request).not.toMatch(/cookie|authorization|referer|word/i);
    other.stop();
  });

  it('takes a page that is the file', async () => {
    const head = partial('bytes 10-19/100', 'Content-Type: text/html', 'Content-Length: 10');
    expect(await ask(head, ten, { pageExpected: true })).toBe(ten);
  });

  it('tells why it was refused, without reading a page to its end', async () => {
    server = new RawServer((socket) => {
      socket.write(
        'HTTP/1.1 403 Forbidden\r\nServer: cloudflare\r\nRetry-After: 7\r\nX-Error: Some_Reason\r\n',
      );
      socket.write('Content-Type: text/html\r\nContent-Length: 100000000\r\n\r\n<html>Attention Required');
      const drops = setInterval(() => socket.write('.'), 5);
      socket.on('close', () => clearInterval(drops));
    });
    const url = await server.listen();
    const wanted = { start: 0, end: 100, size: 100, pageExpected: false, ...unlimited };
    const refused = openRange({ url, client, signal: new AbortController().signal, ...wanted });
    await expect(refused).rejects.toMatchObject({
      seen: { kind: 'status', status: 403, guarded: true, reason: 'some_reason', retryAfterMs: 7000 },
    });
  });

  it('waits a second at most for why it was refused', async () => {
    client.close();
    client = new HttpClient({ proxyUrl: null, reach: 'any' }, { silenceMs: 60_000, idleMs: 1000 });
    server = new RawServer((socket) => {
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nIt is');
    });
    const url = await server.listen();
    const wanted = { start: 0, end: 100, size: 100, pageExpected: false, ...unlimited };
    const refused = openRange({ url, client, signal: new AbortController().signal, ...wanted });
    await expect(refused).rejects.toMatchObject({ seen: { kind: 'status', status: 403, text: 'it is' } });
    expect(received).toBe(5);
  });

  it('uses the connection over which it was redirected again, also when words came with it', async () => {
    let connections = 0;
    server = new RawServer((socket) => {
      const isFirst = server?.requests.length === 1;
      if (isFirst) socket.on('close', () => (connections += 1));
      const head = isFirst
        ? '302 Found\r\nLocation: /file\r\nContent-Length: 7'
        : partial('bytes 10-19/100', 'Content-Length: 10');
      socket.write(`HTTP/1.1 ${head}\r\n\r\n${isFirst ? '<html>!' : ten}`);
    });
    const url = await server.listen();
    const wanted = { start: 10, end: 20, size: 100, pageExpected: false, ...unlimited };
    const body = await openRange({ url, client, signal: new AbortController().signal, ...wanted });
    const bytes = Buffer.alloc(10);
    expect(await body.fill(bytes)).toBe(10);
    expect(bytes.toString()).toBe(ten);
    body.destroy();
    expect(server.requests).toHaveLength(2);
    expect(connections).toBe(0);
  });

  it('ends at once when its reader gives up', async () => {
    server = new RawServer(() => undefined);
    const url = await server.listen();
    const givenUp = new AbortController();
    const wanted = { start: 0, end: 100, size: 100, pageExpected: false, ...unlimited };
    const opening = openRange({ url, client, signal: givenUp.signal, ...wanted });
    givenUp.abort();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([
    ['a whole body', partial('bytes 10-19/100', 'Content-Length: 10'), ten, 10],
    ['a page instead', '403 Forbidden\r\nContent-Length: 7', '<html>!', 7],
    [
      'more than was promised',
      partial('bytes 10-19/100', 'Transfer-Encoding: chunked'),
      `b\r\n${ten}x\r\n0\r\n\r\n`,
      11,
    ],
    ['less than was promised', partial('bytes 10-19/100', 'Content-Length: 10'), '012', 3],
  ])('counts what came: %s', async (_name, head, body, bytes) => {
    await ask(head, body).catch(() => undefined);
    expect(received).toBe(bytes);
  });

  it('counts what came and was not taken, once', async () => {
    server = new RawServer((socket) => {
      socket.write('HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-99/100\r\nContent-Length: 100\r\n\r\n');
      socket.write('x'.repeat(60));
    });
    const url = await server.listen();
    const wanted = { start: 0, end: 100, size: 100, pageExpected: false, ...unlimited };
    const body = await openRange({ url, client, signal: new AbortController().signal, ...wanted });
    await delay(50);
    expect(received).toBe(0);
    body.destroy();
    body.destroy();
    expect(received).toBe(60);
  });

  it('may hold a body for longer than its time-out for silence, which begins when it is taken on', async () => {
    const size = 2 ** 24;
    server = new RawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size - 1));
    });
    const url = await server.listen();
    const { body } = await client.get(new URL(url), {}, new AbortController().signal);
    const bytes = Buffer.alloc(1024);
    await body.fill(bytes);
    await delay(2500);
    let filled = bytes.length;
    while (filled + bytes.length < size) filled += await body.fill(bytes);
    const startMs = performance.now();
    expect(await body.fill(bytes)).toBe(bytes.length - 1);
    expect(performance.now() - startMs).toBeGreaterThan(1000);
    await expect(body.fill(bytes)).rejects.toMatchObject({ seen: { kind: 'stalled' } });
  }, 15_000);
});
