import { expect, it } from 'vitest';
import { renderStatus } from '../../src/cli/render-status.js';
import type { DiskCacheStatistics } from '../../src/read/disk/disk-cache.js';
import { emptyStatus } from '../server/fake-surface.js';

const gibibyte = 2 ** 30;

const disk: DiskCacheStatistics = {
  usedBytes: 4 * gibibyte,
  maxBytes: 10 * gibibyte,
  pinnedBytes: gibibyte,
  maxPinnedBytes: 5 * gibibyte,
  droppedPinBytes: 0,
  blocks: 32_768,
  evicted: 0,
  hits: 1,
  misses: 0,
  corrupt: 0,
  readErrors: 0,
  writeErrors: 0,
  queuedBytes: 0,
  pausedBecause: null,
};

function shown(of: Partial<DiskCacheStatistics>): string {
  const cache = { ...emptyStatus.cache, disk: { ...disk, ...of } };
  return renderStatus({ ...emptyStatus, cache, server: null }, 0);
}

it('what is kept on disk is shown, and how much of it for scans', () => {
  expect(shown({})).toContain(
    '4.0 GiB of 10.0 GiB on disk, of these 1.0 GiB of 5.0 GiB kept for scans\nserver',
  );
});

it('a cache that is too small for the scans of this library is told, with what to do', () => {
  expect(shown({ droppedPinBytes: 3 * gibibyte })).toMatch(
    /3\.0 GiB for scans did not fit: raise cache\.maxSize/,
  );
});

it('a disk that takes no more is told', () => {
  expect(shown({ pausedBecause: 'The disk is full.' })).toContain('The disk is full.');
});

it('a held loss is told with how long it has been held, how long it will be, why and what to do', () => {
  const [account] = emptyStatus.accounts;
  const held = {
    missing: 9,
    of: 10,
    sinceMs: 0,
    untilMs: 60_000,
    reason: 'Why. If so: debridfs sync --accept',
  };
  const accounts = account === undefined ? [] : [{ ...account, held }];
  const at = (nowMs: number): string => renderStatus({ ...emptyStatus, accounts, server: null }, nowMs);
  expect(at(20_000)).toContain('held for 20 s, at least 40 s more: Why. If so: debridfs sync --accept\n');
  expect(at(180_000)).toContain('held for 3 min, until the next listing that agrees: Why.');
});

it('an account is told with what it may still use, and what of it could not be read', () => {
  const [account] = emptyStatus.accounts;
  if (account === undefined) throw new Error('There is none.');
  const nowMs = Date.UTC(2026, 10, 27, 9);
  const accounts = [
    {
      ...account,
      premiumUntilMs: Date.UTC(2026, 11, 24, 10),
      allowances: [
        { name: 'active torrents', unit: 'items', used: 3, left: 17, limit: 20 },
        { name: 'traffic of a.example', unit: 'bytes', used: null, left: 3 * gibibyte, limit: null },
        { name: 'downloads at once', unit: 'items', used: null, left: null, limit: 5 },
        { name: 'downloaded in all', unit: 'bytes', used: gibibyte, left: null, limit: null },
      ],
      unreadable: [
        { code: 'link-aged', files: 2, sentence: 'Links aged out.' },
        { code: 'content-gone', files: 1, sentence: 'It is gone.' },
      ],
    },
  ] as const;
  const text = renderStatus({ ...emptyStatus, accounts, server: null }, nowMs);
  for (const line of [
    'paid until 2026-12-24 (27 days left), 3 items',
    'received 5.0 GiB today and 3.0 TiB in 15 days\n',
    '          calls: 99 of 100 links left in 5 min\n',
    '          active torrents: 17 of 20 left; traffic of a.example: 3.0 GiB left; downloads at once: at most 5; downloaded in all: 1.0 GiB\n',
    '          2 files could not be read: Links aged out.\n',
    '          1 file could not be read: It is gone.\n',
  ])
    expect(text).toContain(line);
  const paidUntil = (untilMs: number): string =>
    renderStatus(
      { ...emptyStatus, accounts: [{ ...account, premiumUntilMs: untilMs }], server: null },
      nowMs,
    );
  expect(paidUntil(nowMs + 5 * 3_600_000)).toContain('(5 h left)');
  expect(paidUntil(nowMs - 1)).toContain('(over)');
});

it('a status page that cannot have its address yet is told, with why', () => {
  const serverTrouble = 'server.listen: http://10.8.0.2:8484 cannot be had (EADDRNOTAVAIL).';
  expect(renderStatus({ ...emptyStatus, server: null, serverTrouble }, 0)).toContain(
    `server    not yet: ${serverTrouble}\n`,
  );
});
