import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../src/core/content.js';
import { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Provider } from '../../src/core/provider.js';
import type { SourceNews } from '../../src/core/reading.js';
import { Repairs } from '../../src/sync/repairs.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { ScriptedProvider } from '../support/scripted-provider.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const aged = new AppError('link-aged', 'This link has aged out.', { retry: 'other-source' });
const busy = (retryAfterMs?: number): AppError =>
  new AppError('rate-limited', 'Too many requests.', {
    retry: 'wait',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

/** An account whose items the test renews. */
class RenewingProvider extends ScriptedProvider {
  /** What a renewal comes to. */
  outcome: (itemId: string, signal: AbortSignal) => Promise<string> = (itemId) =>
    Promise.resolve(`${itemId}'`);
  readonly asked: string[] = [];
  running = 0;
  mostRunning = 0;

  readonly repair = async (itemId: string, signal: AbortSignal): Promise<string> => {
    this.asked.push(itemId);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      return await this.outcome(itemId, signal);
    } finally {
      this.running -= 1;
    }
  };
}

function refusal(of: Pick<Source, 'account' | 'list' | 'itemId'>, error: AppError): SourceNews {
  const source = { ...of, ref: 'ref', ready: true, reason: null };
  return { source, asked: 'link', refused: { error, concerns: 'file' } };
}

describe('repairs', () => {
  let clock: FakeClock;
  let rd: RenewingProvider;
  let other: RenewingProvider;
  let repairs: Repairs;
  let synced: string[];
  let said: string[];

  const start = (...providers: readonly Provider[]): void => {
    const say = (_facts: object, message: string): void => void said.push(message);
    const logger = { ...silentLogger, info: say, warn: say };
    repairs = new Repairs({ providers, clock, logger });
    repairs.start((account) => {
      synced.push(account);
      return Promise.resolve();
    });
  };
  const refused = (itemId: string, error = aged, account = 'rd'): void =>
    repairs.heard(refusal({ account, list: 'torrents', itemId }, error));
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `item${index}`);

  beforeEach(() => {
    clock = new FakeClock();
    rd = new RenewingProvider('rd');
    other = new RenewingProvider('other');
    synced = [];
    said = [];
    start(rd, other);
  });
  afterEach(() => repairs.stop());

  it('renew an item whose link has aged out, ask for a sync, and say so', async () => {
    refused('a');
    await settle();
    expect(rd.asked).toEqual(['a']);
    expect(synced).toEqual(['rd']);
    expect(said).toEqual([
      'links have aged out: their torrent is added once more',
      'links were renewed: a new item took the place of the old one',
    ]);
  });

  it('are for nothing else, and for no account that may not', async () => {
    start(rd, new ScriptedProvider('plain'));
    for (const code of ['content-gone', 'link-dead', 'item-gone', 'quota-used-up', 'service-down'] as const)
      refused('a', new AppError(code, 'No.'));
    refused('a', aged, 'plain');
    refused('a', aged, 'unknown');
    repairs.heard(refusal({ account: 'rd', list: 'downloads', itemId: 'a' }, aged));
    await settle();
    expect(rd.asked).toEqual([]);
  });

  it('are made one at a time for each account, and accounts do not wait for each other', async () => {
    let finish: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (finish = resolve));
    rd.outcome = async (itemId) => {
      await first;
      return `${itemId}'`;
    };
    for (const itemId of ['a', 'b', 'a', 'c', 'b']) refused(itemId);
    refused('x', aged, 'other');
    await settle();
    expect([rd.asked, other.asked]).toEqual([['a'], ['x']]);
    finish();
    await settle();
    expect(rd.asked).toEqual(['a', 'b', 'c']);
    expect(rd.mostRunning).toBe(1);
  });

  it('of one item are tried once a day and three times in all', async () => {
    rd.outcome = () => Promise.reject(new AppError('content-gone', 'It is withheld.'));
    for (let hours = 0; hours < 10 * 24; hours += 1) {
      refused('a');
      await settle();
      if (hours === 23) expect(rd.asked).toHaveLength(1);
      clock.skip(hourMs);
    }
    expect(rd.asked).toEqual(['a', 'a', 'a']);
    expect(synced).toEqual([]);
    expect(said).toContain('links were not renewed: It is withheld.');
  });

  it('count for the new item as well, so that no torrent is added again and again', async () => {
    for (const itemId of ['a', "a'", 'a']) {
      refused(itemId);
      await settle();
    }
    expect(rd.asked).toEqual(['a']);
    clock.skip(dayMs);
    refused("a'");
    await settle();
    expect(rd.asked).toEqual(['a', "a'"]);
    clock.skip(dayMs);
    refused("a''");
    await settle();
    clock.skip(dayMs);
    refused("a'''");
    await settle();
    expect(rd.asked).toEqual(['a', "a'", "a''"]);
  });

  it('are ten an hour, although a thousand files are refused together, and the rest is not kept for later', async () => {
    for (const itemId of numbered(1_000)) refused(itemId);
    await settle();
    for (const itemId of numbered(1_000)) refused(itemId);
    await settle();
    expect(rd.asked).toEqual(numbered(10));
    expect(said.filter((message) => message.includes('links of more items have aged out'))).toHaveLength(1);
    clock.skip(hourMs);
    await settle();
    expect(rd.asked).toHaveLength(10);
    for (const itemId of numbered(1_000)) refused(itemId);
    await settle();
    expect(rd.asked).toEqual(numbered(20));
  });

  it('wait while the account is asked too often', async () => {
    refused('a', busy());
    refused('b');
    await settle();
    expect(rd.asked).toEqual([]);
    await clock.advance(30_000);
    refused('a', busy(300_000));
    await clock.advance(299_000);
    expect(rd.asked).toEqual([]);
    await clock.advance(1_000);
    expect(rd.asked).toEqual(['b']);
  });

  it('wait when a renewal itself is refused for that, and go on by themselves', async () => {
    rd.outcome = (itemId) => (itemId === 'a' ? Promise.reject(busy()) : Promise.resolve(`${itemId}'`));
    refused('a');
    refused('b');
    await settle();
    expect(rd.asked).toEqual(['a']);
    await clock.advance(60_000);
    expect(rd.asked).toEqual(['a', 'b']);
  });

  it('go on where the sync after one fails', async () => {
    repairs.start(() => Promise.reject(new Error('No sync.')));
    refused('a');
    await settle();
    refused('b');
    await settle();
    expect(rd.asked).toEqual(['a', 'b']);
  });

  it('are broken off at the end, and what they clean up is waited for', async () => {
    let cleaned: () => void = () => undefined;
    const cleaning = new Promise<void>((resolve) => (cleaned = resolve));
    rd.outcome = async (_itemId, signal) => {
      await clock.sleep(dayMs, signal).catch(() => undefined);
      await cleaning;
      throw new AppError('aborted', 'Given up.');
    };
    refused('a');
    refused('b');
    await settle();
    let isStopped = false;
    const stopping = repairs.stop().then(() => (isStopped = true));
    await settle();
    expect(isStopped).toBe(false);
    cleaned();
    await stopping;
    refused('c');
    await settle();
    expect(rd.asked).toEqual(['a']);
  });

  it('do not keep the process for a sync that hangs, nor in a pause', async () => {
    repairs.start(() => new Promise(() => undefined));
    refused('a');
    refused('x', busy(), 'other');
    refused('x', aged, 'other');
    await settle();
    await repairs.stop();
    expect(other.asked).toEqual([]);
  });
});
