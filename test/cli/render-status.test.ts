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
