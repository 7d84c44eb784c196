import { Counts } from '../../src/server/counts.js';
import type { AccountOrders } from '../../src/core/adding.js';
import { liveSurface, type LiveSurfaceParts } from '../../src/server/live-surface.js';
import type { Surface } from '../../src/server/surface.js';

/** The surface of a process that has accounts and a library, but serves no reads. */
export function surfaceOf(
  parts: Pick<LiveSurfaceParts, 'engine' | 'tree' | 'statistics'> & Partial<LiveSurfaceParts>,
): Surface {
  return liveSurface({
    version: '1',
    startedMs: 0,
    mount: () => ({ mountpoint: '/mnt', state: 'mounted', detail: '', binding: null, mountedMs: 0 }),
    links: { get: () => undefined, put: () => undefined },
    damage: () => null,
    ownLinks: { last: [], problems: [] },
    traffic: { of: () => ({ todayBytes: 0, fifteenDaysBytes: 0 }) },
    cache: () => ({
      memoryBytes: 0,
      memoryLimitBytes: 0,
      evictedBlocks: 0,
      hitBytes: 0,
      missBytes: 0,
      receivedBytes: 0,
      disk: null,
    }),
    openFiles: () => [],
    streams: () => 0,
    notify: () => [],
    counts: new Counts(),
    history: { report: () => ({ accounts: [], samples: [], syncs: [] }) },
    failures: () => [],
    placing: () => null,
    orders: noOrders,
    reloadOverrides: () => Promise.resolve(),
    retag: () => Promise.resolve({ renamed: [] }),
    stop: () => undefined,
    ...parts,
  });
}

const refuse = (): Promise<never> => Promise.reject(new Error('It takes no orders.'));
const noOrders: AccountOrders = {
  add: refuse,
  progressOf: refuse,
  holders: refuse,
  remove: refuse,
  shown: refuse,
  addLink: refuse,
  linkDropped: refuse,
};
