import { Agent } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import type { Emulator } from '../../src/emulator/emulator.js';
import type { FaultAction, FaultRule } from '../../src/emulator/faults.js';
import { singleFile } from '../../src/emulator/world.js';
import { ask, get, sameBytes } from './http-client.js';
import { account, downloadUrl, started } from './started.js';

const size = 300_000;
const film = singleFile('Film.2020.mkv', size);

function bytes(start: number, end: number): Buffer {
  return contentBytes(film.hash, film.name, start, end);
}

async function withFilm(): Promise<{ emulator: Emulator; url: string; list: string }> {
  const emulator = await started({
    world: { accounts: [account('real-debrid', [{ torrent: film }])] },
    knobs: { rateLimits: false },
  });
  const url = await downloadUrl(emulator, 'real-debrid');
  return { emulator, url, list: `${emulator.urls.realDebrid}/rest/1.0/torrents` };
}

const part = { headers: { Range: 'bytes=1000-200999' } };
const partBytes = bytes(1000, 201_000);

interface Observed {
  readonly action: FaultAction;
  readonly seen: (url: string, list: string, emulator: Emulator) => Promise<void>;
}

/** What a client sees of each action; one without a line here does not compile. */
const observed: { readonly [Kind in FaultAction['kind']]: Observed } = {
  status: {
    action: { kind: 'status', code: 503, headers: { 'X-Error': 'gone' }, body: 'no' },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer).toMatchObject({ status: 503, body: Buffer.from('no') });
      expect(answer.headers['x-error']).toBe('gone');
    },
  },
  delayHeaders: {
    action: { kind: 'delayHeaders', ms: 30 },
    seen: async (url, _list, emulator) => {
      const startedMs = performance.now();
      sameBytes((await ask(url, part)).body, partBytes);
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(29);
      expect(emulator.log.entries.at(-1)?.fault).not.toBeNull();
    },
  },
  throttle: {
    action: { kind: 'throttle', bytesPerSecond: 2000 },
    seen: async (url) => {
      const given = new AbortController();
      const answer = ask(url, { ...part, signal: given.signal, onBytes: () => given.abort() });
      expect(await answer).toMatchObject({ status: 206, complete: false });
      expect((await answer).body.length).toBeLessThan(20_000);
    },
  },
  stallAfter: {
    action: { kind: 'stallAfter', bytes: 500, ms: null },
    seen: async (url, _list, emulator) => {
      const given = new AbortController();
      let received = 0;
      const onBytes = (count: number): number => (received += count);
      const answer = ask(url, { ...part, signal: given.signal, onBytes });
      await expect.poll(() => received).toBe(500);
      given.abort();
      expect(await answer).toMatchObject({ status: 206, complete: false, body: bytes(1000, 1500) });
      await expect.poll(() => emulator.log.entries.at(-1)).toMatchObject({ aborted: true, bytesSent: 500 });
    },
  },
  truncateAfter: {
    action: { kind: 'truncateAfter', bytes: 500 },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer).toMatchObject({ status: 206, complete: false, body: bytes(1000, 1500) });
      expect(answer.headers['content-length']).toBe('200000');
    },
  },
  resetAfter: {
    action: { kind: 'resetAfter', bytes: 150_000 },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer).toMatchObject({ status: 206, complete: false, error: 'ECONNRESET' });
      expect(answer.body.length).toBeLessThanOrEqual(150_000);
      sameBytes(answer.body, bytes(1000, 1000 + answer.body.length));
    },
  },
  ignoreRange: {
    action: { kind: 'ignoreRange' },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer).toMatchObject({ status: 200, complete: true });
      sameBytes(answer.body, bytes(0, size));
    },
  },
  shiftRange: {
    action: { kind: 'shiftRange', delta: 16 },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer.headers['content-range']).toBe('bytes 1016-201015/300000');
      sameBytes(answer.body, bytes(1016, 201_016));
    },
  },
  shortenRange: {
    action: { kind: 'shortenRange', bytes: 16 },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer.headers['content-range']).toBe('bytes 1000-1015/300000');
      sameBytes(answer.body, bytes(1000, 1016));
    },
  },
  wrongTotal: {
    action: { kind: 'wrongTotal', delta: -1 },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer.headers['content-range']).toBe('bytes 1000-200999/299999');
      sameBytes(answer.body, partBytes);
    },
  },
  html200: {
    action: { kind: 'html200' },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toMatch(/^text\/html/);
      expect(answer.text()).toContain('<html>');
    },
  },
  emptyBody: {
    action: { kind: 'emptyBody' },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer).toMatchObject({ status: 206, complete: true, body: Buffer.alloc(0) });
      expect(answer.headers['content-length']).toBe('0');
    },
  },
  corrupt: {
    action: { kind: 'corrupt', offset: 140_000 },
    seen: async (url) => {
      const wrong = Buffer.from(partBytes);
      wrong[139_000] = (wrong[139_000] ?? 0) ^ 0xff;
      sameBytes((await ask(url, part)).body, wrong);
      sameBytes((await ask(url, { headers: { Range: 'bytes=0-99' } })).body, bytes(0, 100));
    },
  },
  redirect: {
    action: { kind: 'redirect', to: 'http://127.0.0.1:9/elsewhere', code: 307 },
    seen: async (url) => {
      const answer = await ask(url, part);
      expect(answer.status).toBe(307);
      expect(answer.headers.location).toBe('http://127.0.0.1:9/elsewhere');
    },
  },
  redirectLoop: {
    action: { kind: 'redirectLoop' },
    seen: async (url) => {
      const answer = await ask(url, part);
      const next = new URL(answer.headers.location ?? '', url);
      expect(answer.status).toBe(302);
      expect(next.pathname).toBe(new URL(url).pathname);
      expect((await ask(next.href)).status).toBe(302);
    },
  },
  closeAfterResponse: {
    action: { kind: 'closeAfterResponse' },
    seen: async (url) => {
      const agent = new Agent({ keepAlive: true });
      const answer = await ask(url, { ...part, agent });
      sameBytes(answer.body, partBytes);
      expect(answer.headers.connection).toBe('close');
    },
  },
  hang: {
    action: { kind: 'hang' },
    seen: async (url, _list, emulator) => {
      const given = new AbortController();
      const answer = ask(url, { signal: given.signal }).catch(() => 'no answer');
      await expect.poll(() => emulator.log.count({ role: 'rd-cdn' })).toBe(1);
      given.abort();
      expect(await answer).toBe('no answer');
      await expect.poll(() => emulator.log.entries.at(-1)).toMatchObject({ status: null, aborted: true });
    },
  },
  refuse: {
    action: { kind: 'refuse' },
    seen: async (url, _list, emulator) => {
      await expect(ask(url, part)).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(emulator.log.count({ role: 'rd-cdn' })).toBe(0);
    },
  },
  malformedJson: {
    action: { kind: 'malformedJson' },
    seen: async (_url, list) => {
      const answer = await get(list, 'real-debrid');
      expect(answer).toMatchObject({ status: 200, complete: true });
      expect(() => answer.json()).toThrow(SyntaxError);
    },
  },
  shortenList: {
    action: { kind: 'shortenList', share: 0 },
    seen: async (_url, list) => {
      const answer = await get(list, 'real-debrid');
      expect(answer.json()).toEqual([]);
      expect(answer.headers['x-total-count']).toBe('0');
    },
  },
  wrongTypes: {
    action: { kind: 'wrongTypes' },
    seen: async (_url, list) => {
      const [entry] = (await get(list, 'real-debrid')).json() as Record<string, unknown>[];
      expect(entry).toMatchObject({ filename: expect.any(Number) as number, bytes: [film.files[0]?.size] });
    },
  },
  setHeader: {
    action: { kind: 'setHeader', name: 'X-Total-Count', value: '7' },
    seen: async (_url, list) => {
      const answer = await get(list, 'real-debrid');
      expect([answer.headers['x-total-count'], answer.json()]).toEqual(['7', [expect.anything()]]);
    },
  },
  gzip: {
    action: { kind: 'gzip' },
    seen: async (_url, list) => {
      const headers = { Authorization: 'Bearer real-debrid' };
      const packed = await ask(list, { headers: { ...headers, 'Accept-Encoding': 'gzip' } });
      expect(packed.headers['content-encoding']).toBe('gzip');
      expect(JSON.parse(gunzipSync(packed.body).toString())).toHaveLength(1);
      expect((await ask(list, { headers })).json()).toHaveLength(1);
    },
  },
};

describe('a fault, seen from the client', () => {
  it.each(Object.values(observed))('$action.kind', async ({ action, seen }) => {
    const { emulator, url, list } = await withFilm();
    emulator.log.clear();
    emulator.faults.add({ at: 'rd-api', path: /\/torrents$/, action });
    emulator.faults.add({ at: 'rd-cdn', action });
    await seen(url, list, emulator);
    emulator.faults.clear();
    sameBytes((await ask(url, part)).body, partBytes);
  });
});

describe('which request a rule spoils', () => {
  const status: FaultAction = { kind: 'status', code: 500 };

  async function statuses(rules: readonly FaultRule[], requests: number): Promise<number[]> {
    const { emulator, list } = await withFilm();
    emulator.log.clear();
    for (const rule of rules) emulator.faults.add(rule);
    for (let count = 0; count < requests; count += 1) await get(`${list}?page=${count + 1}`, 'real-debrid');
    return emulator.log.find({ role: 'rd-api' }).map((entry) => entry.status ?? 0);
  }

  it('the first rule that matches counts', async () => {
    const second: FaultAction = { kind: 'status', code: 502 };
    const rules = [
      { at: 'rd-api', path: /page=2/, action: status },
      { at: 'rd-api', action: second },
    ] as const;
    expect(await statuses(rules, 3)).toEqual([502, 500, 502]);
  });

  it('nth counts the requests that match', async () => {
    expect(await statuses([{ at: 'rd-api', nth: [2, 3], action: status }], 4)).toEqual([200, 500, 500, 204]);
  });

  it('times ends a rule', async () => {
    expect(await statuses([{ at: 'rd-api', times: 1, action: status }], 2)).toEqual([500, 204]);
  });

  it('account, method and host keep a rule away from others', async () => {
    const rules: FaultRule[] = [
      { at: 'rd-api', account: 'somebody else', action: status },
      { at: 'rd-api', method: 'POST', action: status },
      { at: 'ad-api', action: status },
      { at: 'rd-cdn-b', action: status },
    ];
    expect(await statuses(rules, 1)).toEqual([200]);
  });

  it('probability spoils about as many as it says, the same ones each time', async () => {
    const rule: FaultRule = { at: 'rd-api', probability: 0.5, action: status };
    const first = await statuses([rule], 40);
    const spoiled = first.filter((code) => code === 500).length;
    expect(spoiled).toBeGreaterThan(8);
    expect(spoiled).toBeLessThan(32);
    expect(await statuses([rule], 40)).toEqual(first);
  });
});
