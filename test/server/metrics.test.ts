import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { Counts } from '../../src/server/counts.js';
import { createMetrics } from '../../src/server/metrics.js';
import { emptyStatus } from './fake-surface.js';

it('everything that is counted is told as Prometheus reads it, and once', async () => {
  const counts = new Counts();
  counts.answered('read', 0, 0.0004);
  counts.answered('read', 0, 0.3);
  counts.answered('read', -5, 61);
  counts.answered('lookup', -2, 0.001);
  counts.called('rd', 200, 0.1);
  counts.called('rd', 'failed', 20);
  counts.responded('rd', 206, 0.1);
  counts.linked('rd', 'made');
  counts.linked('rd', 'link-dead');
  const [account] = emptyStatus.accounts;
  if (account === undefined) throw new Error('The empty status has an account.');
  const metrics = createMetrics(
    () => ({
      ...emptyStatus,
      accounts: [
        {
          ...account,
          name: 'r"d\n',
          state: 'ok',
          premiumUntilMs: Date.now() + 100_000,
          lastCompleteMs: Date.now() - 5_000,
          budgets: [{ name: 'requests', used: 3, limit: 10, windowMs: 1 }],
        },
      ],
      streams: 3,
      cache: { ...emptyStatus.cache, evictedBlocks: 4, hitBytes: 5, missBytes: 7, receivedBytes: 9 },
      notify: [
        {
          target: 'plex at x',
          pending: 2,
          waitsFor: null,
          lastToldMs: null,
          trouble: null,
          told: 3,
          failed: 1,
        },
      ],
    }),
    counts,
  );
  // Asked twice: what is told are totals, not sums of what was told before.
  await metrics.metrics();
  const text = await metrics.metrics();
  const value = (line: string): number => {
    const found = text.split('\n').find((each) => each.startsWith(`${line} `));
    if (found === undefined) throw new Error(`There is no ${line} in\n${text}`);
    return Number(found.slice(line.length + 1));
  };
  expect(value('debridfs_fuse_requests_total{operation="read",result="ok"}')).toBe(2);
  expect(value('debridfs_fuse_requests_total{operation="read",result="EIO"}')).toBe(1);
  expect(value('debridfs_fuse_requests_total{operation="lookup",result="ENOENT"}')).toBe(1);
  expect(value('debridfs_fuse_request_seconds_bucket{le="0.0005",operation="read"}')).toBe(1);
  expect(value('debridfs_fuse_request_seconds_bucket{le="1",operation="read"}')).toBe(2);
  expect(value('debridfs_fuse_request_seconds_bucket{le="+Inf",operation="read"}')).toBe(3);
  expect(value('debridfs_fuse_request_seconds_count{operation="read"}')).toBe(3);
  expect(value('debridfs_fuse_request_seconds_sum{operation="read"}')).toBeCloseTo(61.3004);
  expect(value('debridfs_api_calls_total{account="rd",status="failed"}')).toBe(1);
  expect(value('debridfs_host_responses_total{account="rd",status="206"}')).toBe(1);
  expect(value('debridfs_read_bytes_total{source="cache"}')).toBe(5);
  expect(value('debridfs_received_bytes_total')).toBe(9);
  expect(value('debridfs_link_requests_total{account="rd",result="made"}')).toBe(1);
  expect(value('debridfs_link_requests_total{account="rd",result="link-dead"}')).toBe(1);
  expect(value('debridfs_cache_evicted_blocks_total{where="memory"}')).toBe(4);
  expect(value('debridfs_open_streams')).toBe(3);
  expect(value('debridfs_account_unknown_items{account="r\\"d\\n"}')).toBe(2);
  expect(value('debridfs_mount_up')).toBe(0);
  expect(value('debridfs_notify_total{target="plex at x",result="told"}')).toBe(3);
  expect(value('debridfs_notify_pending{target="plex at x"}')).toBe(2);
  expect(value('debridfs_api_calls_left{account="r\\"d\\n",limit="requests"}')).toBe(7);
  expect(value('debridfs_account_expiry_seconds{account="r\\"d\\n"}')).toBeGreaterThan(90);
  expect(value('debridfs_library_sync_age_seconds{account="r\\"d\\n"}')).toBeGreaterThanOrEqual(5);
  expect(value('debridfs_library_items{kind="movies"}')).toBe(1);
  expect(text).toContain('nodejs_eventloop_lag_seconds');
});

it('the library is looked into once for all metrics, and anew for the next who asks', async () => {
  let asked = 0;
  const metrics = createMetrics(() => {
    asked += 1;
    return { ...emptyStatus, library: { ...emptyStatus.library, movies: asked } };
  }, new Counts());
  expect(await metrics.metrics()).toContain('debridfs_library_items{kind="movies"} 1\n');
  expect(await metrics.metrics()).toContain('debridfs_library_items{kind="movies"} 2\n');
  expect(asked).toBe(2);
});

it.each(['grafana.json', 'prometheus-alerts.yaml'])('%s asks for nothing that is not told', async (name) => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/examples', name), 'utf8');
  const asked = new Set(text.match(/debridfs_[a-z_]+/g));
  const told = await createMetrics(() => emptyStatus, new Counts()).metrics();
  const known = new Set([...told.matchAll(/^# HELP (\S+)/gm)].map(([, metric]) => metric));
  expect(asked.size).toBeGreaterThan(4);
  const unknown = [...asked].filter(
    (metric) => !known.has(metric) && !known.has(metric.replace(/_bucket$/, '')),
  );
  expect(unknown).toEqual([]);
});

it('an account that is ill in one way after another raises its alert: a label that changes would begin the wait anew', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/examples/prometheus-alerts.yaml'), 'utf8');
  const { groups } = parse(text) as {
    groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
  };
  const rule = groups[0]?.rules.find(({ alert }) => alert === 'DebridfsAccountIll');
  expect(rule?.expr).toBe('max without (state) (debridfs_account_up) == 0');
  expect(rule?.annotations.summary).not.toContain('$labels.state');
});
