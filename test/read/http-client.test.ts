import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { lookup } from 'node:dns';
import { connect, createServer, isIP, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HttpClient, type HttpResponse } from '../../src/read/http/client.js';
import { certificate } from '../support/certificate.js';

const patience = { silenceMs: 1000, idleMs: 300 };
const never = new AbortController().signal;

function newClient(proxyUrl: string | null = null): HttpClient {
  const client = new HttpClient({ proxyUrl, reach: 'any' }, patience);
  onTestFinished(() => client.close());
  return client;
}

async function listening(server: Server | HttpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server of which each connection answers its requests, in turn, with these bytes. */
async function scripted(
  answer: (socket: Socket, request: number) => void,
): Promise<{ readonly url: URL; readonly connections: () => number; readonly open: () => number }> {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    let requests = 0;
    socket.on('data', () => answer(socket, (requests += 1)));
  });
  const port = await listening(server);
  return {
    url: new URL(`http://127.0.0.1:${port}/f`),
    connections: () => connections,
    open: () => open.size,
  };
}

async function textOf({ body }: HttpResponse, pieceBytes = 1000): Promise<string> {
  const piece = Buffer.alloc(pieceBytes);
  let text = '';
  for (;;) {
    const count = await body.fill(piece);
    if (count === 0) return text;
    text += piece.toString('latin1', 0, count);
  }
}

const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A client of an account whose API is on the internet, where every name has these addresses. */
function publicClient(addresses: readonly string[], proxyUrl: string | null = null): HttpClient {
  const resolve = ((_name: string, _options: unknown, done: (...told: unknown[]) => void) => {
    done(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
  }) as unknown as typeof lookup;
  const client = new HttpClient({ proxyUrl, reach: 'public' }, patience, { resolve });
  onTestFinished(() => client.close());
  return client;
}

describe('a link of an API on the internet', () => {
  const refused = { seen: { kind: 'out-of-reach' } };

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0', 'localhost', '169.254.169.254'])(
    'to %s is not followed',
    async (host) => {
      const { url, connections } = await scripted((socket) => socket.write(ok('secret of the machine')));
      const inside = new URL(`http://${host}:${url.port}/f`);
      await expect(publicClient([]).get(inside, {}, never)).rejects.toMatchObject(refused);
      await expect(publicClient([], 'http://127.0.0.1:9').get(inside, {}, never)).rejects.toMatchObject(
        refused,
      );
      expect(connections()).toBe(0);
    },
  );

  it.each([['127.0.0.1'], ['10.0.0.1', '::ffff:127.0.0.1'], ['0.0.0.0', 'fd00::1']])(
    'is not followed to a name that is that of %s',
    async (...addresses) => {
      const { url, connections } = await scripted((socket) => socket.write(ok('secret of the machine')));
      const inside = new URL(`http://cdn.example:${url.port}/f`);
      await expect(publicClient(addresses).get(inside, {}, never)).rejects.toMatchObject(refused);
      expect(connections()).toBe(0);
    },
  );

  it('to a name without addresses is one to a host that cannot be reached', async () => {
    for (const addresses of [[], ['0.0.0.0'], ['::', '0.0.0.0']]) {
      const refusal = publicClient(addresses).get(new URL('http://cdn.example/f'), {}, never);
      await expect(refusal).rejects.toMatchObject({ seen: { kind: 'unreachable' } });
    }
  });

  it('may lead anywhere where the API itself is in a private network', async () => {
    const { url } = await scripted((socket) => socket.write(ok('media')));
    expect(await textOf(await newClient().get(url, {}, never))).toBe('media');
  });
});

describe('a connection to a file host', () => {
  it('serves again once a body was read to its end, and ends when nobody needs it', async () => {
    const { url, connections, open } = await scripted((socket, request) =>
      socket.write(ok(`body ${request}`)),
    );
    const client = newClient();
    expect(await textOf(await client.get(url, {}, never))).toBe('body 1');
    expect(await textOf(await client.get(url, {}, never))).toBe('body 2');
    expect(connections()).toBe(1);
    await vi.waitFor(() => expect(open()).toBe(0));
    expect(await textOf(await client.get(url, {}, never))).toBe('body 1');
  });

  it('that is ended just when it is used again costs nothing but another one', async () => {
    const { url, connections } = await scripted((socket, request) => {
      if (request === 1) socket.write(ok('whole'));
      else socket.destroy();
    });
    const client = newClient();
    for (let n = 0; n < 3; n += 1) expect(await textOf(await client.get(url, {}, never))).toBe('whole');
    expect(connections()).toBe(3);
  });

  it.each([
    ['a body that is not wanted to its end', ok('x'.repeat(100))],
    ['a server that says so', `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`],
    ['an old server', `HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx`],
    ['more than the body', `${ok('x')}HTTP/1.1 200 OK\r\n\r\n`],
    [
      'two ways to tell its length',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    ],
  ])('does not serve again after %s', async (_name, response) => {
    const { url, connections } = await scripted((socket) => socket.write(response));
    const client = newClient();
    for (let n = 0; n < 2; n += 1) {
      const { body } = await client.get(url, {}, never);
      const first = Buffer.alloc(1);
      expect(await body.fill(first)).toBe(1);
      expect(first.toString()).toBe('x');
      if (response.length < 150 && !response.includes('x'.repeat(100)))
        expect(await body.fill(first)).toBe(0);
      body.destroy();
    }
    expect(connections()).toBe(2);
  });

  it.each([
    ['no status line', 'HELLO\r\n\r\n'],
    ['another version', 'HTTP/2 200 OK\r\n\r\n'],
    ['a field without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['a field that goes on in the next line', 'HTTP/1.1 200 OK\r\nA: x\r\n y\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nxy'],
    ['an encoding that nobody asked for', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['more fields than any host sends', `HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(4000)}\r\n`],
    ['one 100 after the other', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500)],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'X-Flood: flood\r\n'.repeat(10_000)}`],
  ])('with %s in its answer is garbled', async (_name, response) => {
    const { url } = await scripted((socket) => socket.write(response));
    await expect(newClient().get(url, {}, never)).rejects.toMatchObject({ seen: { kind: 'garbled' } });
  });

  it.each([
    ['a size that is none', 'x\r\n'],
    ['a line that does not end', 'a;'.padEnd(5000, 'b')],
    ['too much data', '1\r\nxy\r\n'],
    ['fields without end', `0\r\n${'X: y\r\n'.repeat(1000)}`],
  ])('with chunks of %s is garbled', async (_name, chunks) => {
    const { url } = await scripted((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
    });
    const response = await newClient().get(url, {}, never);
    await expect(textOf(response)).rejects.toMatchObject({ seen: { kind: 'garbled' } });
  });

  it('is taken for cut, silent or stalled by what it is', async () => {
    const client = newClient();
    const cut = await scripted((socket) => socket.end('HTTP/1.1 200 O'));
    await expect(client.get(cut.url, {}, never)).rejects.toMatchObject({ seen: { kind: 'cut' } });
    const silent = await scripted((socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
    await expect(client.get(silent.url, {}, never)).rejects.toMatchObject({ seen: { kind: 'silent' } });
    const drops = await scripted((socket) => {
      const drop = setInterval(
        () => socket.write(socket.bytesWritten === 0 ? 'HTTP/1.1 200 OK\r\nA: ' : 'x'),
        100,
      );
      socket.on('close', () => clearInterval(drop));
    });
    await expect(client.get(drops.url, {}, never)).rejects.toMatchObject({ seen: { kind: 'silent' } });
    const stalled = await scripted((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
    );
    const response = await client.get(stalled.url, {}, never);
    await expect(textOf(response)).rejects.toMatchObject({ seen: { kind: 'stalled' } });
    expect(response.body.destroy()).toBe(0);
    // It takes the connection, and then says nothing of TLS.
    const { url } = await scripted(() => undefined);
    const mute = new URL(url.href.replace('http:', 'https:'));
    await expect(client.get(mute, {}, never)).rejects.toMatchObject({ seen: { kind: 'silent' } });
    const closed = await listening(createServer()).then((port) => new URL(`http://127.0.0.1:${port + 1}/`));
    await expect(client.get(closed, {}, never)).rejects.toMatchObject({ seen: { kind: 'unreachable' } });
  });

  it('takes no more of a body than is read, and a little', async () => {
    let sent = 0;
    const { url } = await scripted((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
      const piece = Buffer.alloc(2 ** 20);
      const send = (): void => {
        while (!socket.destroyed && sent < 2 ** 28 && socket.write(piece)) sent += piece.length;
        socket.once('drain', send);
      };
      send();
    });
    const { body } = await newClient().get(url, {}, never);
    await body.fill(Buffer.alloc(1000));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sent).toBeLessThan(2 ** 25);
    expect(body.destroy()).toBeLessThanOrEqual(64 * 1024);
  });

  it('is ended at once by whoever gave up, while connecting, before a head and within a body', async () => {
    const client = newClient();
    const { url, open } = await scripted((socket, request) => {
      if (request === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    });
    const early = AbortSignal.abort(new Error('early'));
    await expect(client.get(url, {}, early)).rejects.toThrow('early');
    const giveUp = new AbortController();
    const { body } = await client.get(url, {}, giveUp.signal);
    expect(await body.fill(Buffer.alloc(4))).toBe(4);
    const reading = body.fill(Buffer.alloc(5));
    giveUp.abort(new Error('within'));
    await expect(reading).rejects.toThrow('within');
    await vi.waitFor(() => expect(open()).toBe(0));
    const silent = await scripted(() => undefined);
    const before = new AbortController();
    const asking = client.get(silent.url, {}, before.signal);
    await vi.waitFor(() => expect(silent.open()).toBe(1));
    before.abort(new Error('before'));
    await expect(asking).rejects.toThrow('before');
    await vi.waitFor(() => expect(silent.open()).toBe(0));
  });
});

it('whatever pieces a response comes in, its body is the same', async () => {
  const bodies = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 300 }), {
    maxLength: 5,
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 8 });
  let answer: (socket: Socket) => void = () => undefined;
  const { url } = await scripted((socket) => answer(socket));
  const client = newClient();
  await fc.assert(
    fc.asyncProperty(
      bodies,
      cuts,
      fc.constantFrom('length', 'chunked', 'close'),
      fc.integer({ min: 1, max: 500 }),
      async (parts, lengths, framing, pieceBytes) => {
        const body = parts.join('');
        const chunks = parts.map((part) => `${part.length.toString(16)};x=y\r\n${part}\r\n`);
        const text = {
          length: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
          chunked: `HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n${chunks.join('')}0\r\nX: y\r\n\r\n`,
          close: `HTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n${body}`,
        }[framing];
        answer = (socket) => {
          let rest = text;
          const send = (n: number): void => {
            const piece = n < lengths.length ? rest.slice(0, lengths[n]) : rest;
            rest = rest.slice(piece.length);
            if (rest === '' && framing === 'close') socket.end(piece, 'latin1');
            else socket.write(piece, 'latin1', () => rest !== '' && setImmediate(send, n + 1));
          };
          socket.setNoDelay(true);
          send(0);
        };
        expect(await textOf(await client.get(url, {}, never), pieceBytes)).toBe(body);
      },
    ),
    { numRuns: 300 },
  );
});

describe('over TLS and proxies', () => {
  const size = 3_000_000;
  const bytes = Buffer.alloc(size, 'some of the bytes of a film ');

  async function hosts(): Promise<{
    readonly plain: string;
    readonly secure: string;
    readonly resumed: () => number;
    readonly open: () => number;
  }> {
    const serve: Parameters<typeof createHttpServer>[1] = (_, response) => {
      response.writeHead(200, { 'content-length': size }).end(bytes);
    };
    let resumed = 0;
    const sockets = new Set<Socket>();
    const secure = createHttpsServer(certificate, serve);
    secure.on('secureConnection', (socket: TLSSocket) => {
      resumed += socket.isSessionReused() ? 1 : 0;
      sockets.add(socket.on('close', () => sockets.delete(socket)));
    });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    return {
      plain: `http://127.0.0.1:${await listening(createHttpServer(serve))}/f`,
      secure: `https://localhost:${await listening(secure)}/f`,
      resumed: () => resumed,
      open: () => sockets.size,
    };
  }

  async function proxy(): Promise<{ readonly url: string; readonly asked: string[] }> {
    const asked: string[] = [];
    const server = createHttpServer();
    server.on('connect', ({ url = '', headers }, socket) => {
      asked.push(`${url} ${headers['proxy-authorization'] ?? 'nobody'}`);
      const { hostname, port } = new URL(`http://${url}`);
      if (hostname === 'files.example') {
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
        return;
      }
      const through = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        through.pipe(socket).pipe(through);
      });
      through.on('error', () => socket.destroy());
      socket.on('error', () => through.destroy());
    });
    return { url: `127.0.0.1:${await listening(server)}`, asked };
  }

  it('the bytes are right, under back-pressure too, and a second handshake is a short one', async () => {
    const { secure, resumed, open } = await hosts();
    const client = newClient();
    for (let n = 0; n < 2; n += 1) {
      const { body } = await client.get(new URL(secure), {}, never);
      const into = Buffer.alloc(100_000);
      for (let at = 0; at < size; at += into.length) {
        expect(await body.fill(into)).toBe(into.length);
        expect(into.equals(bytes.subarray(at, at + into.length))).toBe(true);
        if (at % 1_000_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // The second request is to need a connection of its own.
      if (n === 0) await vi.waitFor(() => expect(open()).toBe(0));
    }
    expect(resumed()).toBe(1);
  });

  it('a body whose connection ends right behind it is whole, however slowly it is read', async () => {
    const body = bytes.subarray(0, 150_000);
    const head = `HTTP/1.1 206 Partial\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = (socket: Socket): void =>
      void socket.once('data', () => socket.end(Buffer.concat([Buffer.from(head), body])));
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const plain = await listening(createServer(answer));
    const secure = await listening(createTlsServer(certificate, answer));
    for (const url of [`http://127.0.0.1:${plain}/`, `https://localhost:${secure}/`]) {
      const response = await newClient().get(new URL(url), {}, never);
      const read: Buffer[] = [];
      const into = Buffer.alloc(10_000);
      for (let count; (count = await response.body.fill(into)) > 0;) {
        read.push(Buffer.from(into.subarray(0, count)));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(Buffer.concat(read).equals(body), url).toBe(true);
    }
  });

  it('a host whose certificate nobody vouches for is unreachable', async () => {
    const { secure } = await hosts();
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '1');
    await expect(newClient().get(new URL(secure), {}, never)).rejects.toMatchObject({
      seen: { kind: 'unreachable' },
    });
  });

  it('a proxy is told whereto and by whom, and gives the same bytes', async () => {
    const { plain, secure } = await hosts();
    const { url, asked } = await proxy();
    const client = newClient(`http://me:p%40ss@${url}`);
    for (const target of [plain, secure]) {
      const response = await client.get(new URL(target), {}, never);
      expect((await textOf(response, 70_000)) === bytes.toString('latin1')).toBe(true);
    }
    const login = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(asked).toEqual([`${new URL(plain).host} ${login}`, `${new URL(secure).host} ${login}`]);
  });

  it('a proxy that refuses, or is not there, makes a host unreachable', async () => {
    const { url, asked } = await proxy();
    const target = new URL('http://files.example/f');
    await expect(newClient(`http://${url}`).get(target, {}, never)).rejects.toMatchObject({
      seen: { kind: 'unreachable' },
    });
    expect(asked).toEqual(['files.example:80 nobody']);
    await expect(newClient('http://127.0.0.1:1').get(target, {}, never)).rejects.toMatchObject({
      seen: { kind: 'unreachable' },
    });
  });
});
