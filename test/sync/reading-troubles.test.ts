import { afterEach, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/emulator/faults.js';
import {
  apiOf,
  emulatedAccounts,
  intervalMs,
  type EmulatedAccounts,
  type EmulatedName,
} from '../support/emulated-accounts.js';
import { keptLog } from '../support/kept-log.js';

const names = ['rd', 'ad', 'tb'] as const;
const linkPath = /unrestrict\/link|link\/unlock|requestdl/;
const minuteMs = 60_000;

const json = (code: number, body: unknown): FaultAction => ({
  kind: 'status',
  code,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

const fileOf = (name: EmulatedName, number = 0): string =>
  `accounts/${name}/${name}.${number}/${name}.${number}.mkv`;

describe('an account that lists its library', () => {
  let accounts: EmulatedAccounts;
  const log = keptLog();

  const started = async (): Promise<void> => {
    accounts = await emulatedAccounts('rd', 10 * intervalMs, log);
    await accounts.engine.start();
    await accounts.engine.settled();
  };

  afterEach(() => accounts.stop());

  it.each([
    [
      'ad',
      'NO_SERVER',
      json(200, { status: 'error', error: { code: 'NO_SERVER', message: '' } }),
      'blocked',
      /lets nothing be read\. Set `proxy`/,
    ],
    [
      'ad',
      'AUTH_BLOCKED',
      json(200, { status: 'error', error: { code: 'AUTH_BLOCKED', message: '' } }),
      'blocked',
      /link in its mail/,
    ],
    [
      'rd',
      'fair use',
      json(503, { error: 'fair_usage_limit', error_code: 36 }),
      'limited',
      /midnight in Paris/,
    ],
    [
      'tb',
      'BAD_TOKEN',
      json(403, { success: false, error: 'BAD_TOKEN', data: null }),
      'rejected',
      /take the new one/,
    ],
  ] as const)(
    'and lets nothing be read is said to (%s: %s), until it makes a link again',
    async (name, _what, action, condition, sentence) => {
      await started();
      const linesOf = (): readonly string[] =>
        log.lines.flatMap(({ level, facts, message }) =>
          'condition' in facts && 'account' in facts && facts.account === name ? [`${level} ${message}`] : [],
        );
      const linesBefore = linesOf().length;
      const fault = accounts.emulator.faults.add({ at: apiOf[name], path: linkPath, action });
      await expect(accounts.read(fileOf(name))).rejects.toThrow(sentence);
      await expect(accounts.read(fileOf(name, 1))).rejects.toThrow(sentence);
      // Its lists and what it says of itself are well, and it is asked for both.
      for (let round = 0; round < 17; round += 1) await accounts.interval(...names);
      expect(accounts.report(name)).toMatchObject({
        state: condition,
        detail: expect.stringMatching(sentence) as string,
        unreadable: [],
      });
      for (const other of names.filter((each) => each !== name))
        expect(accounts.report(other)).toMatchObject({ state: 'ok', detail: '' });
      expect([...accounts.shown().keys()]).toContain(fileOf(name));
      const explained = accounts.surface.explain(fileOf(name));
      expect(explained.lastFailure?.message).toMatch(sentence);
      expect(explained.sources[0]?.refused).toMatch(sentence);
      // Another file of it has the same trouble, whether it was tried or not.
      expect(accounts.surface.explain(fileOf(name, 4)).sources[0]?.refused).toMatch(sentence);
      expect(linesOf().slice(linesBefore)).toEqual([
        expect.stringMatching(`^warn the account is ${condition}`),
      ]);

      accounts.emulator.faults.remove(fault);
      await accounts.readersWait(10 * minuteMs);
      await accounts.read(fileOf(name, 2));
      expect(accounts.report(name)).toMatchObject({ state: 'ok', detail: '' });
      expect(accounts.surface.explain(fileOf(name, 2)).sources[0]?.refused).toBeNull();
      expect(linesOf().slice(linesBefore + 1)).toEqual(['info the account is well']);
    },
  );

  it.each([
    ['aged link', json(503, { error: 'hoster_unavailable', error_code: 19 }), 'link-aged', /aged out/],
    [
      'evicted content',
      json(503, { error: 'unavailable_file', error_code: 24 }),
      'content-gone',
      /does not hold the content/,
    ],
    [
      'name filter',
      json(451, { error: 'infringing_file', error_code: 35 }),
      'content-gone',
      /words in its name/,
    ],
  ] as const)(
    'and refuses single files is well, and says which and how many (%s)',
    async (_what, action, code, sentence) => {
      await started();
      const fault = accounts.emulator.faults.add({ at: 'rd-api', path: linkPath, action });
      for (const number of [0, 1, 1])
        await expect(accounts.read(fileOf('rd', number))).rejects.toMatchObject({ code });
      const gone = json(404, { error: 'unknown_ressource', error_code: 7 });
      accounts.emulator.faults.remove(fault);
      const other = accounts.emulator.faults.add({ at: 'rd-api', path: linkPath, action: gone });
      await expect(accounts.read(fileOf('rd', 2))).rejects.toMatchObject({ code: 'item-gone' });
      accounts.emulator.faults.remove(other);
      expect(accounts.report('rd')).toMatchObject({
        state: 'ok',
        detail: '',
        unreadable: [
          { code, files: 2, sentence: expect.stringMatching(sentence) as string },
          { code: 'item-gone', files: 1 },
        ],
      });
      await accounts.read(fileOf('rd', 3));
      for (const number of [0, 1]) {
        expect([...accounts.shown().keys()]).toContain(fileOf('rd', number));
        expect(accounts.surface.explain(fileOf('rd', number))).toMatchObject({
          lastFailure: { code, message: expect.stringMatching(sentence) as string },
          sources: [{ account: 'rd', ready: true, refused: expect.stringMatching(sentence) as string }],
        });
      }
      expect(accounts.surface.explain(fileOf('rd', 3)).sources[0]?.refused).toBeNull();

      // A day later they are not told any more, unless they were tried again.
      accounts.skip(24 * 60 * minuteMs);
      expect(accounts.report('rd').unreadable).toEqual([]);
    },
  );
});
