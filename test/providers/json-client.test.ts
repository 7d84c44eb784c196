import undici from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { JsonClient } from '../../src/providers/json-client.js';
import { retryAfterMs } from '../../src/providers/retry-after.js';
import { never } from '../support/never.js';

import { ScriptedServer } from './scripted-server.js';

describe('an answer', () => {
  let server: ScriptedServer;
  let client: JsonClient;

  beforeEach(async () => {
    server = await new ScriptedServer().listen();
    client = new JsonClient({
      baseUrl: `${server.url}/prefix`,
      proxyUrl: null,
      userAgent: 'test',
      clock: systemClock,
      maxBodyBytes: 1_000,
    });
  });
  afterEach(async () => {
    await client.close();
    await server.close();
  });

  const send = (): ReturnType<JsonClient['send']> =>
    client.send({ method: 'GET', path: '/x', query: { a: 'b c' }, token: 't', signal: never });

  it('is read up to the largest size and not a byte more', async () => {
    server.respond = () => ({ json: 'x'.repeat(998) });
    expect(await send()).toMatchObject({ status: 200, flaw: null });
    server.respond = () => ({ json: 'x'.repeat(999) });
    expect(await send()).toMatchObject({ json: undefined, flaw: 'it is larger than 1000 bytes' });
    expect(server.asked[0]).toMatchObject({ path: '/prefix/x' });
    expect(server.asked[0]?.query.get('a')).toBe('b c');
  });

  it('may say nothing where its status says so', async () => {
    server.respond = () => ({ status: 204, headers: { 'x-total-count': '0' } });
    const answer = await send();
    expect(answer).toMatchObject({ status: 204, json: undefined, flaw: null });
    expect(answer.header('x-total-count')).toBe('0');
    expect(answer.header('x-other')).toBeNull();
  });

  it('may say nothing where it is done already, but not where something was asked for', async () => {
    const remove = (): ReturnType<JsonClient['send']> =>
      client.send({ method: 'DELETE', path: '/x', token: 't', signal: never });
    server.respond = () => ({ status: 202 });
    expect(await remove()).toMatchObject({ status: 202, json: undefined, flaw: null, isPage: false });
    expect(server.asked[0]).toMatchObject({ method: 'DELETE', path: '/prefix/x' });
    server.respond = () => ({ status: 200 });
    expect(await remove()).toMatchObject({ status: 200, flaw: 'it is empty' });
  });

  it('that is JSON is taken for JSON whatever text it calls itself, a page never', async () => {
    for (const type of ['application/json', 'application/problem+json', 'text/plain; charset=utf-8']) {
      server.respond = () => ({ body: '[1]', headers: { 'content-type': type } });
      expect((await send()).json).toEqual([1]);
    }
    server.respond = () => ({ body: '[1]', headers: { 'content-type': 'text/html' } });
    expect(await send()).toMatchObject({ json: undefined, isPage: true });
  });
});

describe('an account whose HTTP client could not be loaded at first', () => {
  it('is asked again by the next call, and ends well in either case', async () => {
    const server = await new ScriptedServer().listen();
    server.respond = () => ({ json: [1] });
    let loads = 0;
    const load = (): typeof undici => {
      loads += 1;
      if (loads === 1) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return undici;
    };
    const made = (): JsonClient =>
      new JsonClient({ baseUrl: server.url, proxyUrl: null, userAgent: 'test', clock: systemClock, load });
    const send = (client: JsonClient): ReturnType<JsonClient['send']> =>
      client.send({ method: 'GET', path: '/x', token: 't', signal: never });
    const client = made();
    await expect(send(client)).rejects.toMatchObject({ code: 'network', context: { reason: 'EMFILE' } });
    expect((await send(client)).json).toEqual([1]);
    await client.close();
    loads = 0;
    const unlucky = made();
    await expect(send(unlucky)).rejects.toMatchObject({ code: 'network' });
    await unlucky.close();
    await server.close();
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 1);
  it.each([
    ['120', 120_000],
    [' 1.5 ', 1_500],
    ['Sun, 01 Nov 2026 00:00:30 GMT', 30_000],
    ['Sat, 31 Oct 2026 23:00:00 GMT', 0],
    ['999999999', 600_000],
    ['soon', null],
    ['-5', 0],
    [null, null],
  ])('%j', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

it('a client that could not be made ready fails each call as unreachable, and ends all the same', async () => {
  const broken = new JsonClient({
    baseUrl: 'http://127.0.0.1:9',
    proxyUrl: 'http://[no proxy',
    userAgent: 'test',
    clock: systemClock,
  });
  const call = { method: 'GET', path: '/x', token: 't', signal: never } as const;
  await expect(broken.send(call)).rejects.toMatchObject({ code: 'network' });
  await expect(broken.send(call)).rejects.toMatchObject({ code: 'network' });
  await expect(broken.close()).resolves.toBeUndefined();
});
