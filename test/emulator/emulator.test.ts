import { expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.js';
import { singleFile, torrent, type World } from '../../src/emulator/world.js';
import { ask, get } from './http-client.js';
import { account, downloadUrl, started } from './started.js';

const services = ['real-debrid', 'alldebrid', 'torbox'] as const;

function worldOf(items: number): World {
  const held = Array.from({ length: items }, (_, index) => ({
    torrent: singleFile(`Film.${index}.mkv`, index),
  }));
  return { accounts: services.map((service) => account(service, held)) };
}

it('the same seed gives the same ids, another seed others', async () => {
  const idsOf = async (seed: string): Promise<unknown> => {
    const emulator = await started({ world: worldOf(3), seed });
    return [
      (await get(`${emulator.urls.realDebrid}/rest/1.0/torrents`, 'real-debrid')).json(),
      new URL(await downloadUrl(emulator, 'torbox')).search,
    ];
  };
  const first = await idsOf('one');
  expect(await idsOf('one')).toEqual(first);
  expect(await idsOf('two')).not.toEqual(first);
});

it('a world of 2,000 torrents on three services starts and lists', async () => {
  const emulator = await started({ world: worldOf(2000) });
  const list = `${emulator.urls.realDebrid}/rest/1.0/torrents?limit=5000`;
  expect((await get(list, 'real-debrid')).json()).toHaveLength(2000);
});

it('time stands still until it is advanced, or follows the machine', async () => {
  const virtual = await started({ world: worldOf(0) });
  expect(virtual.now()).toBe(Date.UTC(2026, 10, 1));
  virtual.advance(5);
  expect(virtual.now()).toBe(Date.UTC(2026, 10, 1) + 5);
  const before = Date.now();
  const realtime = await started({ world: worldOf(0), realtime: true });
  expect(realtime.now()).toBeGreaterThanOrEqual(before);
});

it('stopping ends what is under way and frees the ports', async () => {
  const emulator = await startEmulator({ world: worldOf(1) });
  emulator.faults.add({ at: 'ad-api', action: { kind: 'hang' } });
  const url = `${emulator.urls.allDebrid}/v4/ping`;
  const hanging = ask(url).catch((error: unknown) => error);
  await expect.poll(() => emulator.log.count({ role: 'ad-api' })).toBe(1);
  await emulator.stop();
  expect(await hanging).toMatchObject({ code: 'ECONNRESET' });
  await expect(ask(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('listens on the ports that it is told, one after the other', async () => {
  const startAt = async (port: number): Promise<string[]> => {
    const { urls } = await started({ world: worldOf(0), port });
    return [urls.realDebrid, urls.allDebrid, urls.torBox].map((url) => url.replace('http://127.0.0.1:', ''));
  };
  // Below the ports that the kernel hands out; another program may have one of them all the same.
  let port = 20_000;
  let ports: string[] | null = null;
  while (ports === null && port < 30_000) ports = await startAt((port += 100)).catch(() => null);
  expect(ports).toEqual([port, port + 4, port + 6].map(String));
});

it('a port that is taken is an error, and nothing stays behind', async () => {
  const first = await started({ world: worldOf(0) });
  const port = Number(new URL(first.urls.realDebrid).port);
  await expect(startEmulator({ world: worldOf(0), port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('the log tells what was asked, by whom, how much was sent, and how many at a time', async () => {
  const film = torrent('Film', [{ path: 'film.mkv', content: Buffer.from('0123456789') }]);
  const emulator = await started({ world: { accounts: [account('real-debrid', [{ torrent: film }])] } });
  const url = await downloadUrl(emulator, 'real-debrid');
  const range = { headers: { Range: 'bytes=2-5' } };
  expect((await ask(url, range)).text()).toBe('2345');
  expect(emulator.log.find({ role: 'rd-cdn' })).toMatchObject([
    { method: 'GET', account: 'real-debrid', status: 206, bytesSent: 4, aborted: false, fault: null },
  ]);
  emulator.faults.add({ at: 'rd-cdn', action: { kind: 'stallAfter', bytes: 1, ms: null } });
  const given = new AbortController();
  const three = [1, 2, 3].map(() => ask(url, { signal: given.signal }));
  await expect.poll(() => emulator.log.maxConcurrency({ role: 'rd-cdn' })).toBe(3);
  given.abort();
  await Promise.all(three);
  await expect
    .poll(() => emulator.log.find({ role: 'rd-cdn' }).every(({ endMs }) => endMs !== null))
    .toBe(true);
  emulator.faults.clear();
  await ask(url);
  expect(emulator.log.maxConcurrency({ role: 'rd-cdn' })).toBe(3);
  expect(emulator.log.bytes({ role: 'rd-cdn' })).toBe(4 + 3 + 10);
  expect(emulator.log.count({ path: /unrestrict\/link/ })).toBe(1);
  expect(emulator.log.destructive()).toEqual([]);
});

it('an unknown path is each service’s own 404', async () => {
  const emulator = await started({ world: worldOf(0) });
  const statuses = [
    await get(`${emulator.urls.realDebrid}/rest/1.0/nothing`, 'real-debrid'),
    await get(`${emulator.urls.allDebrid}/v4/nothing`, 'alldebrid'),
    await get(`${emulator.urls.torBox}/v1/api/nothing`, 'torbox'),
  ].map((answer) => [answer.status, answer.json()]);
  expect(statuses).toMatchObject([
    [404, { error_code: 3 }],
    [404, { error: { code: '404' } }],
    [404, { error: 'ENDPOINT_NOT_FOUND' }],
  ]);
});
