import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import type { Provider } from '../../src/core/provider.js';
import type { Listing } from '../../src/core/torrent.js';
import { never } from '../support/never.js';
import {
  allDebrid,
  detailsOf,
  infohash,
  keepingWarnings,
  movie,
  pack,
  providerFor,
  realDebrid,
  sourceOf,
  token,
  torBox,
  type MinimalService,
} from './minimal-services.js';
import { FakeClock } from '../support/fake-clock.js';
import { ScriptedServer, type Reply } from './scripted-server.js';

/** What a call failed with. */
async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    (value) => new Error(`it succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(AppError);
  const error = outcome as AppError;
  expect(`${error.message} ${JSON.stringify(error.context)}`).not.toContain(token);
  return error;
}

describe.each([realDebrid, allDebrid, torBox])('$service', (minimal: MinimalService) => {
  let server: ScriptedServer;
  let provider: Provider;
  const { logger, warnings } = keepingWarnings();
  const full = (): Promise<Listing> => provider.list('torrents', 'full', never);
  const answerAll = (reply: Reply): void => void (server.respond = () => reply);

  beforeEach(async () => {
    server = await new ScriptedServer().listen();
    provider = providerFor(minimal.service, server, { logger });
    warnings.length = 0;
  });
  afterEach(async () => {
    await provider.close();
    await server.close();
  });

  it('tells a library, its files and their links', async () => {
    server.respond = minimal.library([movie, pack]);
    const listing = await full();
    expect(listing).toMatchObject({ scope: 'complete', unreadable: [] });
    expect(
      listing.items.map(({ id, torrent, name, addedMs, state, reason }) => [
        id,
        torrent,
        name,
        addedMs,
        state,
        reason,
      ]),
    ).toEqual(
      [movie, pack].map((one) => [
        minimal.idOf(one),
        infohash(one),
        one.name,
        Date.UTC(2026, 10, 1, 10),
        'ready',
        null,
      ]),
    );
    const details = await detailsOf(provider, [minimal.idOf(pack), minimal.idOf(movie)]);
    expect(details.map(({ id, name }) => [id, name])).toEqual(
      [pack, movie].map((one) => [minimal.idOf(one), one.name]),
    );
    for (const [index, torrent] of [pack, movie].entries()) {
      const files = details[index]?.files ?? [];
      expect(files.map(({ path, size, packed }) => ({ path, size, packed }))).toEqual(
        torrent.files.map((file) => ({ ...file, packed: false })),
      );
      for (const file of files) {
        const link = await provider.link(sourceOf({ id: minimal.idOf(torrent) }, file), never);
        expect(link.url).toBe(minimal.linkUrl(file.ref ?? ''));
        expect(Math.abs(Date.now() - link.bornMs)).toBeLessThan(60_000);
      }
    }
    expect(warnings).toEqual([]);
  });

  it('costs one request where nothing changed', async () => {
    server.respond = minimal.library([movie, pack]);
    await full();
    const before = server.asked.length;
    await provider.list('torrents', 'cheap', never);
    expect(server.asked.length).toBe(before + 1);
  });

  it('keeps the revision of an item that did not change, and changes it with its files', async () => {
    server.respond = minimal.library([pack]);
    const [first] = (await full()).items;
    const other = {
      ...pack,
      files: [
        { path: 'x/y.mkv', size: 9 },
        { path: 'x/z.mkv', size: 10 },
      ],
    };
    provider = providerFor(minimal.service, server);
    const [again] = (await full()).items;
    server.respond = minimal.library([other]);
    provider = providerFor(minimal.service, server);
    const [changed] = (await full()).items;
    expect(again?.revision).toBe(first?.revision);
    expect(changed?.revision).not.toBe(first?.revision);
  });

  it('sends the token, its name and no cookies, and asks for no compression', async () => {
    const setCookie = { 'set-cookie': 'session=1' };
    server.respond = (asked) => ({
      ...minimal.library([movie])(asked),
      ...(minimal.isList(asked) ? {} : { headers: setCookie }),
    });
    await provider.state(never);
    await full();
    for (const { headers, query } of server.asked) {
      expect(headers).toMatchObject({
        authorization: `Bearer ${token}`,
        'user-agent': 'debridfs/test',
        'accept-encoding': 'identity',
      });
      expect(headers.cookie).toBeUndefined();
      expect(query.toString()).not.toContain(token);
    }
  });

  it('asks for the token anew each time where it may change', async () => {
    let number = 0;
    const token = {
      current: () => Promise.resolve(`token-${++number}\n`),
      renewed: () => Promise.resolve(null),
      close: () => Promise.resolve(),
    };
    provider = providerFor(minimal.service, server, { token });
    server.respond = minimal.library([]);
    await provider.state(never);
    await full();
    const sent = server.asked.map(({ headers }) => headers.authorization);
    expect(sent[0]).toBe('Bearer token-1');
    expect(sent.at(-1)).toBe(`Bearer token-${server.asked.length}`);
  });

  it('answers an empty library with an empty, complete listing', async () => {
    server.respond = minimal.library([]);
    expect(await full()).toEqual({ scope: 'complete', items: [], unreadable: [] });
  });

  it.each<[string, Reply]>([
    ['a web page', { body: '<html><body>Welcome</body></html>' }],
    ['half an answer', { body: '[{"id":"A', headers: { 'content-type': 'application/json' } }],
    ['nothing', { body: '', headers: { 'content-type': 'application/json' } }],
    ['null', { json: null }],
    ['a number', { json: 42 }],
    ['a text', { json: 'ok' }],
    ['an empty object', { json: {} }],
    ['an encoding nobody asked for', { json: [], headers: { 'content-encoding': 'gzip' } }],
    ['a video', { body: '[]', headers: { 'content-type': 'video/mp4' } }],
  ])('takes %s for no library at all', async (_what, reply) => {
    answerAll(reply);
    expect((await failureOf(full())).code).toBe('bad-answer');
    expect((await failureOf(provider.list('torrents', 'cheap', never))).code).toBe('bad-answer');
  });

  it.each<[string, unknown]>([
    ['a text', 'none'],
    ['a number', 3],
    ['false', false],
  ])('takes a list that is %s for no library at all', async (_what, entries) => {
    server.respond = (asked) => (minimal.isList(asked) ? minimal.listReply(entries) : { json: [] });
    expect((await failureOf(full())).code).toBe('bad-answer');
  });

  it('reads numbers sent as strings and lists sent as maps', async () => {
    server.respond = minimal.library([movie, pack]);
    const strict = await full();
    const loose = providerFor(minimal.service, server);
    server.respond = minimal.library([movie, pack], [movie, pack].map(minimal.loosely));
    const listing = await loose.list('torrents', 'full', never);
    await loose.close();
    const facts = ({ items }: Listing): unknown =>
      items.map(({ id, torrent, name, addedMs, state, files }) => ({
        id,
        torrent,
        name,
        addedMs,
        state,
        files,
      }));
    expect(facts(listing)).toEqual(facts(strict));
  });

  it('passes over entries that cannot be understood, with a warning, and keeps the others', async () => {
    const broken = {
      ...minimal.entry(pack),
      hash: 17,
      statusCode: null,
      status: null,
      download_finished: {},
    };
    server.respond = minimal.library([], [minimal.entry(movie), broken]);
    const listing = await full();
    expect(listing.items.map(({ id }) => id)).toEqual([minimal.idOf(movie)]);
    expect(listing).toMatchObject({ scope: 'complete', unreadable: [minimal.idOf(pack)] });
    expect(warnings).toHaveLength(1);
  });

  it.each(Object.keys(minimal.entry(pack)))(
    'shows the other torrents whatever one of them has for %s',
    async (field) => {
      // Too deep for whatever calls itself.
      const deep = '['.repeat(100_000) + ']'.repeat(100_000);
      for (const odd of [
        '{"toString":1}',
        '{"toJSON":1}',
        '[[{}]]',
        '[null]',
        '-1',
        '1e999',
        '"\\u0000"',
        deep,
      ]) {
        const entries = [minimal.entry(movie), { ...minimal.entry(pack), [field]: 'ODD' }];
        const { json, ...reply } = minimal.listReply(entries);
        const headers = { ...reply.headers, 'content-type': 'application/json' };
        answerAll({ headers, body: JSON.stringify(json).replace('"ODD"', odd) });
        provider = providerFor(minimal.service, server, { logger });
        expect((await full()).items.map(({ id }) => id)).toContain(minimal.idOf(movie));
        await provider.close();
      }
    },
  );

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['an entry without an id', { ...minimal.entry(pack), [minimal.idField]: null }],
    [
      'an id that leads elsewhere',
      { ...minimal.entry(pack), [minimal.idField]: '../../disable_access_token' },
    ],
    ['an id that is no number', { ...minimal.entry(pack), [minimal.idField]: { a: 1 } }],
  ])('concludes no removal from a list that holds %s', async (_what, entry) => {
    server.respond = minimal.library([], [minimal.entry(movie), entry]);
    const listing = await full();
    expect(listing.scope).toBe('changes');
    expect(listing.items.map(({ id }) => id)).toEqual([minimal.idOf(movie)]);
  });

  it.each([-1, 1.5, 2 ** 50 + 1, 2 ** 60, '99999999999999999999', 'big', null, {}])(
    'leaves out a file of size %j',
    async (size) => {
      const hostile = { ...pack, files: [...pack.files, { path: 'x/bad.mkv', size: size as number }] };
      server.respond = minimal.library([hostile]);
      await full();
      const [details] = await detailsOf(provider, [minimal.idOf(pack)]);
      expect(details?.files?.map((file) => file.path)).toEqual(pack.files.map((file) => file.path));
    },
  );

  it('leaves out an item that is gone and tells the others', async () => {
    server.respond = minimal.library([movie, pack]);
    await full();
    const ids = [minimal.idOf(pack), minimal.idOf({ ...pack, number: 99 }), minimal.idOf(movie)];
    const details = await detailsOf(provider, ids);
    expect(details.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    expect(warnings.length).toBeGreaterThan(0);
  });

  it('says that a token was rejected, naming the account and what to do', async () => {
    answerAll(minimal.badToken);
    const state = await provider.state(never);
    expect(state.condition).toBe('rejected');
    expect(state.detail).toMatch(/"mine".*`token`/);
    const error = await failureOf(full());
    expect(error).toMatchObject({ code: 'token-rejected', retry: 'other-source' });
    expect(error.message).toBe(state.detail);
  });

  it('says that an empty token is no token without asking the service', async () => {
    provider = providerFor(minimal.service, server, { token: ' ' });
    expect((await provider.state(never)).condition).toBe('rejected');
    expect(server.asked).toEqual([]);
  });

  it('tells a good account', async () => {
    server.respond = minimal.library([]);
    expect(await provider.state(never)).toMatchObject({ condition: 'ok', detail: '' });
  });

  it.each<[string, Reply, AppError['code'], AppError['retry']]>([
    ['502 from the edge', { status: 502, body: '<html>bad gateway</html>' }, 'service-down', 'wait'],
    ['500 without JSON', { status: 500, body: 'oops' }, 'service-down', 'wait'],
    [
      '403 as a web page',
      { status: 403, body: '<html>Attention Required!</html>' },
      'address-refused',
      'other-source',
    ],
    ['404 as a web page', { status: 404, body: '<html>not here</html>' }, 'bad-answer', 'other-source'],
    ['451', { status: 451, body: 'no' }, 'content-gone', 'other-source'],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:9/elsewhere' } },
      'bad-answer',
      'never',
    ],
  ])('knows what %s means', async (_what, reply, code, retry) => {
    answerAll(reply);
    expect(await failureOf(full())).toMatchObject({ code, retry });
    expect(server.asked).toHaveLength(1);
  });

  it('asks nothing more of an account for as long as the service says', async () => {
    answerAll({ status: 429, body: 'Too many requests', headers: { 'retry-after': '300' } });
    expect(await failureOf(full())).toMatchObject({ code: 'rate-limited', retryAfterMs: 300_000 });
    const second = await failureOf(provider.link(sourceOf({ id: '1' }, undefined), never));
    expect(second.code).toBe('rate-limited');
    expect(second.retryAfterMs).toBeGreaterThan(200_000);
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    ['of no time', '0'],
    ['that is over', 'Sun, 01 Jan 2023 00:00:00 GMT'],
  ])('pauses after a refusal that names a pause %s', async (_what, retryAfter) => {
    const clock = new FakeClock();
    provider = providerFor(minimal.service, server, { clock });
    answerAll({ status: 429, body: 'Too many requests', headers: { 'retry-after': retryAfter } });
    expect((await failureOf(full())).code).toBe('rate-limited');
    const link = failureOf(provider.link(sourceOf({ id: '1' }, undefined), never));
    await clock.advance(3_900);
    expect(server.asked).toHaveLength(1);
    await clock.advance(2_200);
    expect((await link).code).toBe('rate-limited');
    expect(server.asked).toHaveLength(2);
  });

  it.each([null, '', 'javascript:alert(1)', '//host/x', 'http://u:p@host/x', 17, {}])(
    'refuses %j for the address of a link',
    async (address) => {
      server.respond = (asked) =>
        asked.path.endsWith(minimal.linkPath) ? minimal.linkReply(address) : { status: 500 };
      const error = await failureOf(provider.link(sourceOf({ id: '1' }, undefined), never));
      expect(error.code).toBe('bad-answer');
    },
  );

  it('gives up a request when its caller does, and all when it is closed', async () => {
    answerAll({ hang: true });
    const killed = new AbortController();
    const listing = failureOf(provider.list('torrents', 'full', killed.signal));
    const link = failureOf(provider.link(sourceOf({ id: '1' }, undefined), never));
    await vi.waitFor(() => expect(server.asked).toHaveLength(2));
    killed.abort();
    expect((await listing).code).toBe('aborted');
    await provider.close();
    expect((await link).code).toBe('aborted');
    expect((await failureOf(full())).code).toBe('aborted');
  });

  it('says which host cannot be reached', async () => {
    const url = server.url;
    await server.close();
    expect(await failureOf(full())).toMatchObject({ code: 'network', retry: 'wait' });
    expect((await failureOf(full())).message).toContain(new URL(url).host);
    server = await new ScriptedServer().listen();
  });

  it('goes through the proxy of its account', async () => {
    const proxy = await connectProxy();
    server.respond = minimal.library([movie]);
    provider = providerFor(minimal.service, server, { proxyUrl: proxy.url });
    expect((await full()).items).toHaveLength(1);
    expect(proxy.targets).toEqual([new URL(server.url).host]);
    expect(provider.egress.proxyUrl).toBe(proxy.url);
    await provider.close();
    proxy.close();
  });
});

describe('where links may lead', () => {
  it.each([
    [null, 'public'],
    ['https://proxy.example/real-debrid', 'public'],
    ['http://127.0.0.1:8080', 'any'],
    ['http://[fd00::7]', 'any'],
    ['http://portal:8080/x', 'any'],
    ['http://nas.local', 'any'],
  ])('is decided by where the API is: with apiUrl %s it is %s', async (apiUrl, reach) => {
    const provider = providerFor('torbox', { url: '' }, { apiUrl });
    expect(provider.egress.reach).toBe(reach);
    await provider.close();
  });
});

describe('an account whose settings cannot be used', () => {
  const server = { url: '' };

  it.each(['ftp://host', 'no url', 'https://user:secret@host', 'https://host/?x=1'])(
    'is told so: apiUrl %s',
    (apiUrl) => {
      const create = (): Provider => providerFor('torbox', server, { apiUrl });
      expect(create).toThrow(/`apiUrl` of account "mine"/);
    },
  );

  it('is told so without showing the password of its proxy', () => {
    const create = (): Provider =>
      providerFor('torbox', server, { apiUrl: null, proxyUrl: 'gopher://u:hidden@host' });
    expect(create).toThrow(/^(?!.*hidden).*`proxy` of account "mine"/);
  });
});

/** A proxy that knows CONNECT only, and keeps where it was sent. */
async function connectProxy(): Promise<{ readonly url: string; readonly targets: string[]; close(): void }> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.once('data', (head) => {
      const target = /^CONNECT (\S+)/.exec(head.toString())?.[1] ?? '';
      targets.push(target);
      const { hostname, port } = new URL(`http://${target}`);
      const upstream = connect(Number(port), hostname, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      sockets.add(upstream);
      upstream.on('error', () => undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
