import { createServer, type AddressInfo, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, type Clock } from '../../src/core/clock.js';
import type { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { JsonClient, type HttpAnswer } from '../../src/providers/json-client.js';
import { FakeClock } from '../support/fake-clock.js';
import { never } from '../support/never.js';
import { ScriptedServer } from './scripted-server.js';

const mebibyte = 2 ** 20;

/** A service that may break any rule: it is given the connection once a request has come. */
async function rawService(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Asks it, as every account does. */
async function ask(baseUrl: string, timer: Clock = systemClock): Promise<HttpAnswer> {
  const client = new JsonClient({ baseUrl, proxyUrl: null, userAgent: 'test', clock: systemClock, timer });
  onTestFinished(() => client.close());
  return client.send({ method: 'GET', path: '/list', token: 'secret', signal: never });
}

const json = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const chunkOf = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** Sends pieces for as long as they are taken, at most so many bytes. @returns how many were. */
function flood(socket: Socket, piece: Buffer, maxBytes = Infinity): void {
  let sent = 0;
  const more = (): void => {
    while (!socket.destroyed && sent < maxBytes) {
      sent += piece.length;
      if (!socket.write(piece)) return;
    }
    socket.end();
  };
  socket.on('drain', more);
  more();
}

/** The most memory that something takes, in bytes, beside what there was before. */
async function memoryOf<Result>(work: () => Promise<Result>): Promise<[result: Result, bytes: number]> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  try {
    const result = await work();
    return [result, Math.max(peak, process.memoryUsage.rss()) - before];
  } finally {
    clearInterval(watch);
  }
}

describe('a service that sends', () => {
  it.each([
    ['a listing of 1 GB', `${json}Content-Length: ${2 ** 30}\r\n\r\n`],
    ['a listing without end', `${json}\r\n`],
  ])(
    '%s is told so, and costs no more memory than the largest listing',
    { timeout: 60_000 },
    async (_name, head) => {
      const url = await rawService((socket) => {
        socket.write(head);
        flood(socket, Buffer.alloc(mebibyte, '"'), 2 ** 30);
      });
      const [answer, bytes] = await memoryOf(() => ask(url));
      expect(answer).toMatchObject({ json: undefined, flaw: `it is larger than ${256 * mebibyte} bytes` });
      expect(bytes).toBeLessThan(640 * mebibyte);
    },
  );

  it.each(['{},', '[],', '[', '{"":', '1,', '"",'])(
    'few bytes that take up much memory, "%s" again and again, is told so',
    async (piece) => {
      const url = await rawService((socket) => {
        socket.write(`${json}\r\n[`);
        flood(socket, Buffer.from(piece.repeat(20_000)));
      });
      const [answer, bytes] = await memoryOf(() => ask(url));
      expect(answer.flaw).toBe('it holds more than 6000000 values');
      expect(bytes).toBeLessThan(256 * mebibyte);
    },
  );

  it.each([
    ['a byte now and then for ever', `${json}\r\n[`, ' '],
    ['nothing but announcements', '', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['chunks that are all comment', `${json}Transfer-Encoding: chunked\r\n\r\n1;`, 'comment;'],
  ])('%s is given up after a minute or so', async (_name, head, drop) => {
    const clock = new FakeClock();
    const url = await rawService((socket) => {
      socket.write(head);
      const drops = setInterval(() => {
        socket.write(drop);
        void clock.advance(5_000);
      }, 10);
      socket.on('close', () => clearInterval(drops));
    });
    await expect(ask(url, clock)).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('in time') as string,
    });
    expect(clock.monotonic()).toBeGreaterThanOrEqual(60_000);
    expect(clock.monotonic()).toBeLessThan(120_000);
  });

  it('a large listing over a slow line is waited for', async () => {
    const clock = new FakeClock();
    const pieces = 20;
    const url = await rawService((socket) => {
      socket.write(`${json}Content-Length: ${pieces * 100_000 + 2}\r\n\r\n[`);
      void (async () => {
        for (let piece = 0; piece < pieces; piece += 1) {
          socket.write(' '.repeat(100_000));
          await new Promise((resolve) => setTimeout(resolve, 5));
          await clock.advance(5_000);
        }
        socket.write(']');
      })();
    });
    expect((await ask(url, clock)).json).toEqual([]);
  });

  it.each([
    [
      'headers without end',
      (socket: Socket) => flood(socket, Buffer.from('X-Flood: flood\r\n'.repeat(1000))),
    ],
    ['one header without end', (socket: Socket) => flood(socket, Buffer.alloc(mebibyte, 'x'))],
  ])('%s is told not to speak HTTP', async (_name, go) => {
    const url = await rawService((socket) => {
      socket.write(`${json}X-First: `);
      go(socket);
    });
    const [error, bytes] = await memoryOf(() => ask(url).catch((thrown: unknown) => thrown as AppError));
    expect(error).toMatchObject({
      code: 'bad-answer',
      message: expect.stringContaining('does not speak HTTP') as string,
    });
    expect(bytes).toBeLessThan(64 * mebibyte);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', (bytes: Buffer) => bytes],
    ['gzip, gzip', (bytes: Buffer) => gzipSync(gzipSync(bytes))],
  ])('a bomb packed with %s has it left packed', async (encoding, pack) => {
    const bomb = pack(Buffer.alloc(64 * mebibyte, ' '));
    const url = await rawService((socket) => {
      socket.write(`${json}Content-Encoding: ${encoding}\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });
    const [answer, bytes] = await memoryOf(() => ask(url));
    expect(answer.flaw).toBe(`it is encoded as ${encoding}, which was not asked for`);
    expect(bytes).toBeLessThan(80 * mebibyte);
  });

  it('a web page without end is not read to its end', async () => {
    const url = await rawService((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n');
      flood(socket, Buffer.alloc(mebibyte, ' '));
    });
    expect(await ask(url)).toMatchObject({ flaw: 'it is a web page', isPage: true });
  });

  it.each<[string, Buffer, flaw: string | null]>([
    ['UTF-8 with a mark of its byte order', Buffer.from('\uFEFF["é"]'), null],
    ['UTF-16', Buffer.from('\uFEFF["é"]', 'utf16le'), 'it is no whole JSON'],
    ['UTF-16 without a mark', Buffer.from('["é"]', 'utf16le'), 'it is no whole JSON'],
    ['Latin-1', Buffer.from('["é"]', 'latin1'), null],
    ['bytes that are no text', Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x80, 0x22, 0x5d]), null],
    ['nothing but a NUL', Buffer.from([0]), 'it is no whole JSON'],
    ['a number and more', Buffer.from('1e999 x'), 'it is no whole JSON'],
  ])('%s gets no further than that', async (_name, body, flaw) => {
    const url = await rawService((socket) => {
      socket.write(`${json}Content-Length: ${body.length}\r\n\r\n`);
      socket.write(body);
    });
    expect((await ask(url)).flaw).toBe(flaw);
  });

  it.each([
    ['fewer bytes than it says', `${json}Content-Length: 100\r\n\r\n[]`, 'network'],
    ['two lengths', `${json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]x`, 'bad-answer'],
    ['a length below zero', `${json}Content-Length: -2\r\n\r\n[]`, 'bad-answer'],
    ['chunks that are none', `${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n[]`, 'bad-answer'],
    ['chunks that break off', `${json}Transfer-Encoding: chunked\r\n\r\n${chunkOf('[')}`, 'network'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'bad-answer'],
    ['nothing', '', 'network'],
  ])('%s costs an error', async (_name, text, code) => {
    const url = await rawService((socket) => socket.end(text));
    await expect(ask(url)).rejects.toMatchObject({ code, retry: 'wait' });
  });

  it('its answer after many that are none is heard, or given up', async () => {
    const url = await rawService((socket) => {
      socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(100));
      socket.end(`${json}Content-Length: 2\r\n\r\n[]`);
    });
    expect((await ask(url)).json).toEqual([]);
  });

  it('keys that mean something to a program changes nothing but its own answer', async () => {
    const body = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1,"a":2}';
    const url = await rawService((socket) =>
      socket.end(`${json}Content-Length: ${body.length}\r\n\r\n${body}`),
    );
    expect((await ask(url)).json).toHaveProperty('a', 2);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('a service that redirects', () => {
  it.each([301, 302, 303, 307, 308])(
    'with %i is not followed, and its token goes nowhere else',
    async (status) => {
      const [service, elsewhere] = [await new ScriptedServer().listen(), await new ScriptedServer().listen()];
      onTestFinished(() => Promise.all([service.close(), elsewhere.close()]).then(() => undefined));
      service.respond = () => ({
        status,
        json: {},
        headers: { location: `${elsewhere.url}/v1/api/user/me` },
      });
      const provider = createProvider({
        service: 'torbox',
        account: 'mine',
        token: 'secret-token',
        apiUrl: service.url,
        proxyUrl: null,
        clock: systemClock,
        logger: silentLogger,
      });
      onTestFinished(() => provider.close());
      await expect(provider.state(never)).rejects.toMatchObject({
        code: 'bad-answer',
        message:
          'TorBox redirects account "mine" to another address, which is not followed because its token would go there too. ' +
          'Is `apiUrl` of account "mine" right?',
      });
      expect(elsewhere.asked).toEqual([]);
    },
  );
});
