import { beforeEach, describe, expect, it } from 'vitest';
import { sourceKey, type Source } from '../../src/core/content.js';
import { AppError } from '../../src/core/errors.js';
import type { SourceNews } from '../../src/core/reading.js';
import { Standings, type GivingSource } from '../../src/read/standings.js';
import { FakeClock } from '../support/fake-clock.js';

function givenBy(account: string, itemId: string, proxyUrl: string | null = null): GivingSource {
  const linked: Source = { account, list: 'torrents', itemId, ref: itemId, ready: true, reason: null };
  const link = { url: `https://host.example/${itemId}`, bornMs: 0 };
  return { linked, key: sourceKey(linked), link, way: { host: 'host.example', proxyUrl } };
}

const policy = { lifetimeMs: 3_600_000, settleMs: 0, connectionsPerFile: 1 };

/** Longer than a host is left alone at first, with its jitter. */
const pauseMs = 12_000;

describe('a file host that cannot be reached', () => {
  let clock: FakeClock;
  let standings: Standings;
  beforeEach(() => {
    clock = new FakeClock();
    standings = new Standings(clock, () => undefined);
  });

  /** Fails for as many files of an account as make it down. */
  const goesDown = (account: string, proxyUrl: string | null): void => {
    for (let file = 0; file < 4; file += 1)
      standings.hostFailed(givenBy(account, `f${file}`, proxyUrl), policy, { kind: 'unreachable' }, false);
  };

  it('by the proxy of one account is asked for another that has none', () => {
    goesDown('by-proxy', 'http://user:secret@proxy.example');
    const other = givenBy('direct', 'x');
    expect(standings.mayAsk(other.way, other.linked)).toBe(true);
    const same = givenBy('by-proxy', 'x', 'http://user:secret@proxy.example');
    expect(standings.mayAsk(same.way, same.linked)).toBe(false);
    expect(standings.pauseOf(same.linked)?.error.message).not.toContain('secret');
  });

  it('is left alone although a stream goes on that was open before', async () => {
    goesDown('rd', null);
    standings.proved(givenBy('rd', 'old'));
    const next = givenBy('rd', 'new');
    expect(standings.mayAsk(next.way, next.linked)).toBe(false);
    await clock.advance(pauseMs);
    expect(standings.mayAsk(next.way, next.linked)).toBe(true);
  });

  it('is trusted again once it gave a block after its pause', async () => {
    goesDown('rd', null);
    await clock.advance(pauseMs);
    standings.proved(givenBy('rd', 'new'));
    standings.hostFailed(givenBy('rd', 'other'), policy, { kind: 'unreachable' }, false);
    const next = givenBy('rd', 'next');
    expect(standings.mayAsk(next.way, next.linked)).toBe(true);
  });
});

describe('what an account has used up at its file hosts', () => {
  it('is told, and that it is over once a block came after the pause', async () => {
    const clock = new FakeClock();
    const news: SourceNews[] = [];
    const standings = new Standings(clock, (told) => void news.push(told));
    const seen = {
      kind: 'status',
      status: 403,
      reason: 'bytes_limit_reached',
      text: '',
      guarded: false,
      page: false,
      retryAfterMs: null,
    } as const;
    standings.hostFailed(givenBy('rd', 'one'), policy, seen, false);
    standings.hostFailed(givenBy('rd', 'two'), policy, seen, false);
    expect(news).toMatchObject([
      { asked: 'bytes', refused: { concerns: 'account', error: { code: 'quota-used-up' } } },
    ]);
    // A stream that was open before.
    standings.proved(givenBy('rd', 'old'));
    expect(news).toHaveLength(1);
    await clock.advance(60 * 60_000);
    standings.proved(givenBy('rd', 'one'));
    standings.proved(givenBy('rd', 'one'));
    expect(news.slice(1)).toMatchObject([{ asked: 'bytes', refused: null }]);
  });
});

it('an account whose token was refused is asked again at once after it has another, and no other account is', () => {
  const standings = new Standings(new FakeClock(), () => undefined);
  const refused = (account: string, code: 'token-rejected' | 'not-premium'): Source => {
    const { linked: source } = givenBy(account, 'x');
    standings.linkRefused(source, new AppError(code, 'No.', { retry: 'other-source' }));
    return source;
  };
  const rejected = refused('rd', 'token-rejected');
  const expired = refused('ad', 'not-premium');
  expect(standings.pauseOf(rejected)).not.toBeNull();
  for (const account of ['rd', 'ad']) standings.tokenChanged(account);
  expect(standings.pauseOf(rejected)).toBeNull();
  expect(standings.pauseOf(expired)).not.toBeNull();
});
