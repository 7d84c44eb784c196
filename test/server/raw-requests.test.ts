import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { startHttpServer, type RunningServer } from '../../src/server/http-server.js';
import { FakeSurface } from './fake-surface.js';

const running: RunningServer[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(surface: FakeSurface, password: string | null = null): Promise<number> {
  const listen = { host: '127.0.0.1', port: 0 };
  const scrub = (text: string): string => text;
  const server = await startHttpServer({ surface, listen, password, scrub, logger: silentLogger });
  running.push(server);
  return Number(new URL(server.url).port);
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.add(socket);
  return socket;
}

/** Sends text as it is, and gives all that comes until the other side ends. */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = open(port);
    socket.on('data', (bytes) => (answer += bytes.toString())).on('close', () => resolve(answer));
    socket.write(text);
  });
}

const get = (host: string, target = '/api/status', method = 'GET'): string =>
  `${method} ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
const here = 'Host: localhost\r\n';

describe('a request that names another host than this machine', () => {
  it.each([
    ['no host', get('')],
    ['an empty one', get('Host: \r\n')],
    ['two, the first of them here', get(`${here}Host: evil.example\r\n`)],
    ['two, the last of them here', get(`Host: evil.example\r\n${here}`)],
    ['a list', get('Host: localhost, evil.example\r\n')],
    ['one that begins like this one', get('Host: localhost.evil.example\r\n')],
    ['one that ends like this one', get('Host: evil.localhost\r\n')],
    ['one behind a user name', get('Host: localhost@evil.example\r\n')],
    ['one with a path', get('Host: localhost/evil.example\r\n')],
    ['every interface', get('Host: 0.0.0.0\r\n')],
    ['an address in disguise', get('Host: 2130706433\r\n')],
    ['another one in its target', get(here, 'http://evil.example/api/status')],
    ['another one behind a user name in its target', get(here, 'http://localhost@evil.example/api/status')],
    ['this one in its target only', get('Host: evil.example\r\n', 'http://localhost/api/status')],
    ['this one as a proxy would', get('Host: evil.example\r\nX-Forwarded-Host: localhost\r\n')],
    ['none, as HTTP did in 1991', 'GET /api/status\r\n\r\n'],
    ['none, as HTTP did in 1996', 'GET /api/status HTTP/1.0\r\n\r\n'],
  ])('is refused: %s', async (_name, text) => {
    const answer = await send(await start(new FakeSurface()), text);
    expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(answer).not.toContain('mountpoint');
  });

  it.each([
    ['in capitals', 'Host: LOCALHOST:1\r\n'],
    ['as an address', 'Host: 127.0.0.1\r\n'],
    ['as an address of IPv6', 'Host: [::1]:80\r\n'],
  ])('is none where it names this one %s', async (_name, host) => {
    expect(await send(await start(new FakeSurface()), get(host))).toContain('mountpoint');
  });
});

describe('a request that tricks', () => {
  it.each([
    ['/../../etc/passwd', 404],
    ['//api/status', 404],
    ['/api%2fstatus', 404],
    ['/api/status%00', 404],
    ['/%zz', 404],
    ['/api/status;x', 404],
    ['/unmount', 404],
    ['*', 400],
  ])('asks for %s and gets %i', async (target, status) => {
    expect(await send(await start(new FakeSurface()), get(here, target))).toMatch(`HTTP/1.1 ${status} `);
  });

  it.each([
    [
      'by another name for its method',
      `POST /api/status HTTP/1.1\r\n${here}X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n`,
      405,
    ],
    [
      'by two lengths',
      `GET /api/status HTTP/1.1\r\n${here}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
      400,
    ],
    ['by a line that ends early', `GET /api/status HTTP/1.1\r\n${here}X: a\nHost: evil\r\n`, 400],
    ['by a head of 20 kB', `GET /api/status HTTP/1.1\r\n${here}X: ${'x'.repeat(20_000)}\r\n`, 431],
    [
      'by TRACE, which sends back what came',
      get(`${here}Authorization: Bearer my-word\r\n`, '/api/status', 'TRACE').slice(0, -2),
      405,
    ],
  ])('%s is refused', async (_name, head, status) => {
    const answer = await send(await start(new FakeSurface()), `${head}Connection: close\r\n\r\n`);
    expect(answer).toMatch(`HTTP/1.1 ${status} `);
    expect(answer).not.toMatch(/my-word|mountpoint/);
  });

  it('with a body that never ends is ended, and changes nothing', async () => {
    const surface = new FakeSurface();
    const port = await start(surface);
    const before = process.memoryUsage.rss();
    const socket = open(port);
    socket.write(`POST /unmount HTTP/1.1\r\n${here}Transfer-Encoding: chunked\r\n\r\n`);
    const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 500 && !socket.destroyed; sent += 1)
      if (!socket.write(piece))
        await Promise.race([
          new Promise((resolve) => socket.once('drain', resolve)),
          new Promise((resolve) => socket.once('close', resolve)),
        ]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
    expect(surface.stops).toBe(0);
  });

  it(
    'head by drops is ended after ten seconds, and others are answered meanwhile',
    { timeout: 30_000 },
    async () => {
      const port = await start(new FakeSurface());
      const slow = open(port);
      const ended = new Promise<string>((resolve) => {
        let answer = '';
        slow.on('data', (bytes) => (answer += bytes.toString())).on('close', () => resolve(answer));
      });
      slow.write(`GET /api/status HTTP/1.1\r\n${here}`);
      const drops = setInterval(() => slow.write('X: y\r\n'), 200);
      slow.on('close', () => clearInterval(drops));
      expect(await send(port, get(here))).toContain('mountpoint');
      expect(await ended).toContain(' 408 ');
    },
  );
});

describe('many connections', () => {
  it('are refused above 256, and served again when they are gone', async () => {
    const port = await start(new FakeSurface());
    const idle = Array.from({ length: 300 }, () => open(port));
    const ended = idle.map((socket) => new Promise<void>((resolve) => socket.on('close', () => resolve())));
    await Promise.any(ended);
    for (const socket of idle) socket.destroy();
    await Promise.all(ended);
    await expect.poll(() => send(port, get(here)), { timeout: 10_000 }).toContain('mountpoint');
  });
});

describe('a page of another site', () => {
  it('is not told that it may read an answer', async () => {
    const answer = await send(await start(new FakeSurface()), get(`${here}Origin: https://evil.example\r\n`));
    expect(answer).not.toMatch(/access-control/i);
    expect(answer).toMatch(/cross-origin-resource-policy: same-origin/i);
    const asked = get(
      `${here}Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n`,
      '/api/status',
      'OPTIONS',
    );
    expect(await send(await start(new FakeSurface()), asked)).toMatch(/^HTTP\/1\.1 405 /);
  });
});

describe('a password', () => {
  const withWord = (word: string, path = '/api/status'): string =>
    get(`${here}Authorization: Bearer ${word}\r\n`, path);

  it('that was guessed wrong ten times is answered slowly for a minute, and the right one is let in: behind a proxy all have one address', async () => {
    const port = await start(new FakeSurface(), 'the-right-one');
    expect(await send(port, withWord('the-right-one'))).toContain('mountpoint');
    for (let guess = 0; guess < 10; guess += 1)
      expect(await send(port, withWord(`guess-${guess}`))).toMatch(/^HTTP\/1\.1 401 /);
    const begunMs = performance.now();
    const [wrong, right] = await Promise.all([
      send(port, withWord('guess-10')),
      send(port, withWord('the-right-one')),
    ]);
    expect(performance.now() - begunMs).toBeGreaterThan(900);
    expect(wrong).toMatch(/^HTTP\/1\.1 429 /);
    expect(wrong).not.toContain('mountpoint');
    expect(right).toContain('mountpoint');
    expect(await send(port, get(here, '/healthz'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is in no answer', async () => {
    const port = await start(new FakeSurface(), 'the-right-one');
    for (const path of ['/', '/api/status', '/readyz', '/metrics', '/none'])
      expect(await send(port, withWord('the-right-one', path))).not.toContain('the-right-one');
  });
});
