import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountState } from '../../src/core/account.js';
import type { Source } from '../../src/core/content.js';
import { AppError, type ErrorCode } from '../../src/core/errors.js';
import { AccountHealth } from '../../src/sync/account-health.js';
import { FakeClock } from '../support/fake-clock.js';
import { keptLog } from '../support/kept-log.js';
import { never } from '../support/never.js';
import { ScriptedProvider } from '../support/scripted-provider.js';

const hourMs = 3_600_000;

function source(itemId: string): Source {
  return { account: 'rd', list: 'torrents', itemId, ref: 'r', ready: true, reason: null };
}

const well: AccountState = { condition: 'ok', detail: '', premiumUntilMs: 5, allowances: [] };

describe('how an account is', () => {
  let clock: FakeClock;
  let log: ReturnType<typeof keptLog>;
  let provider: ScriptedProvider;
  let health: AccountHealth;

  beforeEach(() => {
    clock = new FakeClock();
    log = keptLog();
    provider = new ScriptedProvider('rd');
    health = new AccountHealth({ provider, clock, logger: log });
  });

  const says = async (state: AccountState): Promise<void> => {
    provider.state = () => Promise.resolve(state);
    clock.skip(hourMs / 4);
    health.ask(never);
    await health.settled();
  };
  const refused = (
    code: ErrorCode,
    message: string,
    concerns: 'account' | 'file' = 'account',
    itemId = '1',
    asked: 'link' | 'bytes' = 'link',
  ): void => {
    const error = new AppError(code, message, { context: { serviceCode: message } });
    health.heard({ source: source(itemId), asked, refused: { error, concerns } });
  };
  const came = (itemId = '1', asked: 'link' | 'bytes' = 'link'): void =>
    health.heard({ source: source(itemId), asked, refused: null });

  it('is what reading it meets, whatever it says of itself, and what it says otherwise is kept', async () => {
    await says(well);
    refused('address-refused', 'It refuses the address.');
    expect(health.state).toEqual({ ...well, condition: 'blocked', detail: 'It refuses the address.' });
    await says({ ...well, condition: 'limited', detail: 'It adds nothing.' });
    expect(health.state).toMatchObject({
      condition: 'blocked',
      detail: 'It refuses the address. It adds nothing.',
    });
    came();
    expect(health.state).toMatchObject({ condition: 'limited', detail: 'It adds nothing.' });
  });

  it('is what it says of itself where that is worse', async () => {
    refused('quota-used-up', 'Fair use.');
    await says({ ...well, condition: 'rejected', detail: 'No token.' });
    expect(health.state).toMatchObject({ condition: 'rejected', detail: 'No token.' });
    health.failed(new AppError('network', 'Nobody answers.'), {});
    expect(health.state).toMatchObject({ condition: 'unreachable', detail: 'Nobody answers.' });
  });

  it('is well again when what it said of itself is over, although nobody has read since', async () => {
    await says({ ...well, condition: 'expired', detail: 'Renew it.' });
    refused('not-premium', 'It is not premium.');
    await says(well);
    expect(health.state).toEqual(well);
  });

  it.each([
    ['address-refused', 24],
    ['quota-used-up', 6],
    ['rate-limited', 1 / 12],
  ] as const)('%s is believed for %d hours where nobody has read since', async (code, hours) => {
    await says(well);
    refused(code, 'No.');
    clock.skip(hours * hourMs - 1);
    expect(health.state.condition).not.toBe('ok');
    clock.skip(1);
    expect(health.state).toEqual(well);
  });

  it('is not mended by a link where file hosts refuse, nor by bytes of a link that was made before', async () => {
    await says(well);
    refused('quota-used-up', 'Host.', 'account', '1', 'bytes');
    came('2');
    expect(health.state.detail).toBe('Host.');
    came('1', 'bytes');
    refused('address-refused', 'Links.');
    came('1', 'bytes');
    expect(health.state.detail).toBe('Links.');
  });

  it('is logged once when it changes, and not while it stays', async () => {
    await says(well);
    await says(well);
    refused('quota-used-up', 'Fair use.');
    refused('quota-used-up', 'Fair use.', 'account', '2');
    await says(well);
    came();
    came();
    expect(log.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'info: the account is well',
      'warn: the account is limited: Fair use.',
      'info: the account is well',
    ]);
    expect(log.lines[1]?.facts).toEqual({ account: 'rd', condition: 'limited', before: 'ok' });
  });

  it('counts single files by reason, each of them once, until they can be read or a day has passed', () => {
    for (const id of ['1', '2', '3', '3']) refused('link-aged', 'Aged.', 'file', id);
    refused('content-gone', 'Evicted.', 'file', '4');
    refused('content-gone', 'Filtered.', 'file', '5');
    refused('content-gone', 'Filtered.', 'file', '6', 'bytes');
    expect(health.state.condition).toBe('unknown');
    expect(health.unreadable).toEqual([
      { code: 'link-aged', files: 3, sentence: 'Aged.' },
      { code: 'content-gone', files: 2, sentence: 'Filtered.' },
      { code: 'content-gone', files: 1, sentence: 'Evicted.' },
    ]);
    expect(health.refusalOf(source('4'))?.message).toBe('Evicted.');
    came('3');
    came('4', 'bytes');
    // A link says nothing of what its host has.
    came('6');
    expect(health.unreadable.map(({ files }) => files)).toEqual([2, 2]);
    expect(health.refusalOf(source('4'))).toBeNull();
    clock.skip(24 * hourMs);
    expect(health.unreadable).toEqual([]);
    expect(health.refusalOf(source('1'))).toBeNull();
  });

  it('tells no more reasons than fit', () => {
    for (let reason = 0; reason < 30; reason += 1)
      refused('content-gone', `${reason}.`, 'file', String(reason));
    expect(health.unreadable).toHaveLength(10);
  });
});
