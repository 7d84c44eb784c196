import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { createScrubber } from '../../src/config/scrub.js';
import {
  createNodeServer,
  startHttpServer,
  stopServer,
  type RunningServer,
} from '../../src/server/http-server.js';
import { parseListenAddress, type ListenAddress } from '../../src/server/listen-address.js';
import { emptyStatus, FakeSurface } from './fake-surface.js';

const running: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(
  surface: FakeSurface,
  password: string | null = null,
  listen: ListenAddress = { host: '127.0.0.1', port: 0 },
): Promise<string> {
  const scrub = createScrubber(['very-secret']);
  const server = await startHttpServer({ surface, listen, password, scrub, logger: silentLogger });
  running.push(server);
  return server.url;
}

interface Reply {
  readonly status: number;
  readonly text: string;
}

/** Like fetch, which does not let a test set Host. */
function send(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, method }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('readiness', () => {
  it('is 503 with the reason until mounted, then 200; health is 200 all the time', async () => {
    const surface = new FakeSurface();
    surface.ready = { ready: false, reason: 'It waits for the first listing of rd.' };
    const url = await start(surface);
    expect(await send(`${url}/healthz`)).toEqual({ status: 200, text: 'ok\n' });
    expect(await send(`${url}/readyz`)).toEqual({
      status: 503,
      text: 'It waits for the first listing of rd.\n',
    });
    surface.ready = { ready: true };
    expect((await send(`${url}/readyz`)).status).toBe(200);
  });
});

describe('status', () => {
  it('is the report as JSON, without a secret that got into it', async () => {
    const surface = new FakeSurface();
    surface.report = {
      ...emptyStatus,
      recentFailures: [
        { atMs: 1, code: 'network', message: 'no very-secret here', account: null, path: null },
      ],
    };
    const { status, text } = await send(`${await start(surface)}/api/status`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      mount: { mountpoint: '/mnt', state: 'waiting' },
      accounts: [{ name: 'rd', service: 'real-debrid', state: 'rejected' }],
      library: { movies: 1 },
      recentFailures: [{ message: 'no *** here' }],
    });
  });

  it('failing is a 500 that tells nothing', async () => {
    const surface = new FakeSurface();
    surface.status = () => {
      throw new Error('at /secret/path');
    };
    const { status, text } = await send(`${await start(surface)}/api/status`);
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
  });
});

describe('a status that cannot be loaded', () => {
  it('is a 503, does not end the mount, and is loaded by a later request', async () => {
    let loads = 0;
    const load = (): Promise<Hono> => {
      loads += 1;
      if (loads < 3) return Promise.reject(new Error('at /secret/path'));
      const app = new Hono();
      app.get('/', (context) => context.text('here\n'));
      return Promise.resolve(app);
    };
    const server = createNodeServer(load, silentLogger);
    server.listen({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const failed = { status: 503, text: 'This could not be answered; the log says why.\n' };
    expect([await send(url), await send(url), await send(url)]).toEqual([
      failed,
      failed,
      { status: 200, text: 'here\n' },
    ]);
    await stopServer(server);
  });

  it('goes on where no descriptor is left for a connection, and says so once', async () => {
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (_: object, message: string) => void errors.push(message) };
    const app = new Hono();
    app.get('/', (context) => context.text('here\n'));
    const server = createNodeServer(() => Promise.resolve(app), logger);
    server.listen({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    // What Node does where accept(2) fails (read in its source, 20.20); a real one is hard to have at will.
    for (let tries = 0; tries < 3; tries += 1) server.emit('error', new Error('accept EMFILE'));
    expect(errors).toEqual(['A connection could not be taken.']);
    expect(await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toMatchObject({
      status: 200,
    });
    server.emit('error', new Error('accept EMFILE'));
    expect(errors).toHaveLength(2);
    await stopServer(server);
  });
});

describe('who may ask', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.1', '[::2]:80'])(
    'a page that reaches loopback under the name "%s" is refused',
    async (host) => {
      const url = await start(new FakeSurface());
      for (const path of ['/api/status', '/readyz', '/'])
        expect((await send(url + path, { host })).status).toBe(403);
    },
  );

  it.each(['localhost', 'localhost:1234', '127.0.0.1', '[::1]:80', 'LOCALHOST'])(
    'the own machine is let in as "%s"',
    async (host) => {
      expect((await send(`${await start(new FakeSurface())}/api/status`, { host })).status).toBe(200);
    },
  );

  it('nothing is changed by any request', async () => {
    const surface = new FakeSurface();
    const url = await start(surface);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await send(`${url}/api/status`, {}, method)).status).toBe(405);
    }
    for (const path of ['/sync', '/unmount', '/api/sync']) expect((await send(url + path)).status).toBe(404);
    expect([surface.stops, surface.syncs.length]).toEqual([0, 0]);
  });

  it('a sync is asked for by the page alone: no other page can have a browser send its header', async () => {
    const surface = new FakeSurface();
    const url = await start(surface);
    expect((await send(`${url}/api/sync`, {}, 'POST')).status).toBe(405);
    expect(
      (await send(`${url}/api/sync`, { 'x-debridfs': 'page', host: 'evil.example' }, 'POST')).status,
    ).toBe(403);
    expect((await send(`${url}/api/status`, { 'x-debridfs': 'page' }, 'POST')).status).toBe(405);
    // What a browser asks first for a page of another origin is not answered with leave.
    const preflight = { origin: 'https://evil.example', 'access-control-request-headers': 'x-debridfs' };
    expect((await send(`${url}/api/sync`, preflight, 'OPTIONS')).status).toBe(405);
    expect(surface.syncs).toHaveLength(0);
    expect(await send(`${url}/api/sync?accept=rd`, { 'x-debridfs': 'page' }, 'POST')).toEqual({
      status: 200,
      text: '{"accounts":[]}',
    });
    expect(surface.accepts).toEqual(['rd']);
  });

  it('with a password, everything but yes and no asks for it, by any name', async () => {
    const surface = new FakeSurface();
    surface.ready = { ready: false, reason: 'It waits for rd.' };
    const url = await start(surface, 'pass:word');
    const basic = (text: string) => ({
      host: 'media.example',
      authorization: `Basic ${Buffer.from(text).toString('base64')}`,
    });
    expect((await send(`${url}/api/status`)).status).toBe(401);
    expect((await send(`${url}/api/status`, basic('x:wrong'))).status).toBe(401);
    expect((await send(`${url}/api/status`, { authorization: 'Basic %%%' })).status).toBe(401);
    expect((await send(`${url}/api/status`, basic('x:pass:word'))).status).toBe(200);
    expect((await send(`${url}/api/status`, { authorization: 'Bearer pass:word' })).status).toBe(200);
    expect(await send(`${url}/readyz`)).toEqual({ status: 503, text: 'Not ready.\n' });
    expect((await send(`${url}/healthz`)).status).toBe(200);
  });
});

describe('the page', () => {
  it.each([
    ['/', '<!doctype html>'],
    ['/page/page.js', 'EventSource'],
    ['/page/uplot.js', 'uPlot'],
    ['/page/uplot.css', '.uplot'],
    ['/page/icon.svg', '<svg'],
  ])('gives %s', async (path, text) => {
    const { status, text: told } = await send((await start(new FakeSurface())) + path);
    expect(status).toBe(200);
    expect(told).toContain(text);
  });

  it.each([
    '/page/',
    '/page/..%2fhttp-app.js',
    '/page/../http-app.js',
    '/page/page.js.map',
    '/constructor',
    '/__proto__',
  ])('gives nothing at %s', async (path) => {
    expect((await send((await start(new FakeSurface())) + path)).status).toBe(404);
  });

  it('is told live, without secrets, until it goes', async () => {
    const surface = new FakeSurface();
    surface.report = { ...emptyStatus, version: 'very-secret' };
    const url = await start(surface);
    const response = await fetch(`${url}/api/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    expect(first).toMatch(/^data: \{.*\}\n\n$/);
    expect(first).not.toContain('very-secret');
    await reader.cancel();
  });

  it('walks through the tree, and is told in a sentence where that ends', async () => {
    const url = await start(new FakeSurface());
    expect(JSON.parse((await send(`${url}/api/tree?path=/movies&from=500`)).text)).toMatchObject({
      path: '/movies',
      entries: [{ name: 'from 500' }],
    });
    expect(await send(`${url}/api/tree?path=/nothing&from=x`)).toEqual({
      status: 404,
      text: '{"error":{"code":"not-found","message":"There is nothing at /nothing."}}',
    });
    expect((await send(`${url}/api/explain?path=/movies/%C3%84%20b.mkv`)).status).toBe(200);
    expect(JSON.parse((await send(`${url}/api/history`)).text)).toEqual({
      accounts: ['rd'],
      samples: [],
      syncs: [],
    });
  });
});

describe('starting', () => {
  it('is refused where other machines could ask without a password', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'host.example']) {
      await expect(start(new FakeSurface(), null, { host, port: 0 })).rejects.toMatchObject({
        code: 'config',
      });
    }
  });

  it('on a port that is in use names it and the remedy', async () => {
    const url = await start(new FakeSurface());
    const listen = { host: '127.0.0.1', port: Number(new URL(url).port) };
    await expect(start(new FakeSurface(), null, listen)).rejects.toThrow(/is in use.*port 0/);
  });

  it('and stopping ends connections that say nothing', async () => {
    const url = await start(new FakeSurface());
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await new Promise((resolve) => socket.on('connect', resolve));
    await running.splice(0)[0]?.stop();
    await closed;
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1:8484', { host: '127.0.0.1', port: 8484 }],
    [':0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['media.local:80', { host: 'media.local', port: 80 }],
  ])('%s', (text, address) => expect(parseListenAddress(text)).toEqual(address));

  it.each(['8484', '127.0.0.1', '::1:80', '[::1]', '1.2.3:80', 'a:65536', 'a b:1', 'unix:/x', '[x]:1'])(
    '%s is none',
    (text) => expect(parseListenAddress(text)).toBeUndefined(),
  );
});
