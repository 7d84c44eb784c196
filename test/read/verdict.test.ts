import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/read/observation.js';
import { verdictOn, type Situation } from '../../src/read/verdict.js';

const fresh: Situation = {
  failures: 0,
  renewed: false,
  strikes: 0,
  hasOther: false,
  linkAgeMs: 3_600_000,
  settleMs: 0,
};

function status(code: number, over: Partial<Extract<Observation, { kind: 'status' }>> = {}): Observation {
  const plain = { reason: '', page: false, guarded: false, text: '', retryAfterMs: null };
  return { kind: 'status', status: code, ...plain, ...over };
}

/** What is done about the same failure again and again, as words. */
function course(seen: Observation, over: Partial<Situation> = {}): string[] {
  const steps: string[] = [];
  let situation = { ...fresh, ...over };
  for (;;) {
    const verdict = verdictOn(seen, situation);
    if (verdict.action === 'retry') steps.push(`retry ${verdict.pauseMs}`);
    else if (verdict.action === 'relink') steps.push('relink');
    else {
      const { scope, pauseMs, lasting, code } = verdict;
      return [
        ...steps,
        `leave the ${scope} ${pauseMs / 1000} s ${lasting ? 'for good' : 'for now'}: ${code}`,
      ];
    }
    const renewed = situation.renewed || verdict.action === 'relink';
    situation = { ...situation, failures: situation.failures + 1, renewed };
  }
}

describe('what is done about a failing file host', () => {
  it.each<[name: string, seen: Observation, steps: string[]]>([
    [
      'no connection',
      { kind: 'unreachable' },
      ['retry 200', 'retry 1000', 'relink', 'leave the source 10 s for now: network'],
    ],
    ['no answer', { kind: 'silent' }, ['retry 200', 'relink', 'leave the source 10 s for now: timeout']],
    ['a stall', { kind: 'stalled' }, ['retry 0', 'relink', 'leave the source 10 s for now: timeout']],
    [
      'a cut',
      { kind: 'cut' },
      ['retry 0', 'retry 200', 'retry 1000', 'relink', 'leave the source 10 s for now: network'],
    ],
    ['another range', { kind: 'wrong-range' }, ['relink', 'leave the source 900 s for good: wrong-bytes']],
    [
      'a range ignored',
      { kind: 'range-ignored' },
      ['relink', 'leave the source 900 s for good: wrong-bytes'],
    ],
    [
      'a way into a private network',
      { kind: 'out-of-reach' },
      ['relink', 'leave the source 60 s for good: bad-answer'],
    ],
    ['a page', { kind: 'page' }, ['relink', 'leave the source 10 s for now: bad-answer']],
    ['other bytes', { kind: 'mismatch' }, ['leave the source 86400 s for good: wrong-bytes']],
    ['404', status(404), ['relink', 'leave the source 900 s for good: content-gone']],
    ['410', status(410), ['relink', 'leave the source 900 s for good: content-gone']],
    ['401', status(401), ['retry 1000', 'relink', 'leave the source 300 s for good: account-blocked']],
    [
      'a guard’s page',
      status(403, { page: true, guarded: true }),
      ['leave the account 60 s for now: address-refused'],
    ],
    ['429', status(429), ['leave the account 2 s for now: rate-limited']],
    [
      '429 that tells a time',
      status(429, { retryAfterMs: 30_000 }),
      ['leave the account 30 s for now: rate-limited'],
    ],
    [
      'too many chunks',
      status(416, { text: 'too many chunks' }),
      ['leave the account 2 s for now: rate-limited'],
    ],
    [
      'traffic used up',
      status(403, { reason: 'bytes_limit_reached' }),
      ['leave the account 3600 s for good: quota-used-up'],
    ],
    [
      '500',
      status(500),
      ['retry 1000', 'retry 2000', 'retry 4000', 'relink', 'leave the source 10 s for now: service-down'],
    ],
    ['an unknown answer', status(418), ['relink', 'leave the source 900 s for good: bad-answer']],
  ])('%s', (_name, seen, steps) => {
    expect(course(seen)).toEqual(steps);
  });

  it('leaves what costs ten seconds each time at once, where another account has the file', () => {
    for (const kind of ['silent', 'stalled'] as const)
      expect(course({ kind }, { hasOther: true })).toEqual(['leave the source 10 s for now: timeout']);
    expect(course({ kind: 'cut' }, { hasOther: true })[0]).toBe('retry 0');
  });

  it('waits for a young link to settle, but not for an old one', () => {
    expect(course(status(400), { linkAgeMs: 500, settleMs: 1000 }).slice(0, 2)).toEqual([
      'retry 150',
      'retry 300',
    ]);
    expect(course(status(400), { linkAgeMs: 60_000, settleMs: 1000 })[0]).toBe('relink');
    expect(course(status(400), { linkAgeMs: 500 })[0]).toBe('relink');
  });

  it('leaves what fails again for longer and longer, up to a day', () => {
    const pauses = [0, 1, 2, 40].map((strikes) =>
      verdictOn(status(404), { ...fresh, renewed: true, strikes }),
    );
    expect(pauses.map((verdict) => ('pauseMs' in verdict ? verdict.pauseMs / 60_000 : 0))).toEqual([
      15, 30, 60, 1440,
    ]);
  });
});
