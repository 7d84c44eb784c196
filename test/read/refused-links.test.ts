import { describe, expect, it } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import type { AppError } from '../../src/core/errors.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { errnoOf } from '../../src/fuse/errno.js';
import { read, startReading } from './reading.js';

const apis = { 'real-debrid': 'rd-api', alldebrid: 'ad-api', torbox: 'tb-api' } as const;
const linkPath = /unrestrict\/link|link\/unlock|requestdl/;
const EIO = -5;

const json = (code: number, body: unknown): FaultAction => ({
  kind: 'status',
  code,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
const realDebrid = (status: number, error: string, error_code?: number): FaultAction =>
  json(status, { error, error_code });
const allDebrid = (code: string): FaultAction => json(200, { status: 'error', error: { code, message: '' } });
const torBox = (status: number, error: string): FaultAction =>
  json(status, { success: false, error, detail: '', data: null });

type Row = readonly [
  what: string,
  service: keyof typeof apis & ServiceName,
  action: FaultAction,
  code: string,
  sentence: RegExp,
  concerns: 'account' | 'file',
];

const rows: readonly Row[] = [
  [
    'an aged link (19)',
    'real-debrid',
    realDebrid(503, 'hoster_unavailable', 19),
    'link-aged',
    /aged out.*added again/,
    'file',
  ],
  [
    'evicted content (24)',
    'real-debrid',
    realDebrid(503, 'unavailable_file', 24),
    'content-gone',
    /does not hold the content of this file any more.*another release/,
    'file',
  ],
  [
    'the name filter (35 under 451)',
    'real-debrid',
    realDebrid(451, 'infringing_file', 35),
    'content-gone',
    /withholds this file.*name.*another release/,
    'file',
  ],
  [
    'the name filter (451 without a code)',
    'real-debrid',
    json(451, {}),
    'content-gone',
    /withholds this file/,
    'file',
  ],
  [
    'a file that is not allowed (28)',
    'real-debrid',
    realDebrid(503, 'file_not_allowed', 28),
    'link-dead',
    /the file is not allowed/,
    'file',
  ],
  [
    'fair use (36)',
    'real-debrid',
    realDebrid(503, 'fair_usage_limit', 36),
    'quota-used-up',
    /fair use limit.*midnight in Paris/,
    'account',
  ],
  [
    'its address, without a number',
    'real-debrid',
    realDebrid(403, 'ip_not_allowed_192.0.2.1'),
    'address-refused',
    /Set `proxy`/,
    'account',
  ],
  [
    'its address (NO_SERVER)',
    'alldebrid',
    allDebrid('NO_SERVER'),
    'address-refused',
    /lists the library .* lets nothing be read\. Set `proxy`/,
    'account',
  ],
  [
    'a new place (AUTH_BLOCKED)',
    'alldebrid',
    allDebrid('AUTH_BLOCKED'),
    'account-blocked',
    /link in its mail/,
    'account',
  ],
  ['a dead file (LINK_DOWN)', 'alldebrid', allDebrid('LINK_DOWN'), 'content-gone', /does not hold/, 'file'],
  [
    'a key that was changed',
    'torbox',
    torBox(403, 'BAD_TOKEN'),
    'token-rejected',
    /take the new one/,
    'account',
  ],
  [
    'its plan',
    'torbox',
    torBox(400, 'PLAN_RESTRICTED_FEATURE'),
    'not-premium',
    /plan of account "torbox"/,
    'account',
  ],
];

describe('a link that is refused for', () => {
  it.each(rows)(
    '%s, by %s, is EIO with the reason, which is told once and for as much as it concerns',
    async (_what, service, action, code, sentence, concerns) => {
      const { open, emulator, reader, news } = await startReading({ services: [service], speed: 100 });
      const fault = emulator.faults.add({ at: apis[service], path: linkPath, action });
      const failed = await read(open(1), 0, 1000).catch((thrown: unknown) => thrown as AppError);
      expect(failed).toMatchObject({ code, message: expect.stringMatching(sentence) as string });
      expect(errnoOf(failed)).toBe(EIO);
      expect(reader.failures()[0]).toMatchObject({ content: 1, error: { code } });
      expect(news).toMatchObject([{ asked: 'link', refused: { error: { code }, concerns } }]);
      expect(emulator.faults.fired(fault)).toBe(1);
      expect(emulator.log.destructive()).toEqual([]);
    },
  );
});

describe('a file host that refuses', () => {
  it('one file for legal reasons is told of the file', async () => {
    const { open, emulator, news } = await startReading({ speed: 100 });
    emulator.faults.add({ at: 'rd-cdn', action: { kind: 'status', code: 451 } });
    await expect(read(open(1), 0, 1000)).rejects.toMatchObject({ code: 'content-gone' });
    expect(news.at(-1)).toMatchObject({
      asked: 'bytes',
      refused: { concerns: 'file', error: { code: 'content-gone' } },
    });
  });

  it('for a moment is told to nobody', async () => {
    const { open, emulator, news } = await startReading({ speed: 100 });
    emulator.faults.add({ at: 'rd-cdn', times: 2, action: { kind: 'status', code: 503 } });
    await read(open(1), 0, 1000);
    expect(news.filter(({ refused }) => refused !== null)).toEqual([]);
  });
});
