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
    ownLinks: () => [],
    traffic: { of: () => ({ todayBytes: 0, fifteenDaysBytes: 0 }) },
    cache: () => ({ memoryBytes: 0, memoryLimitBytes: 0, hitBytes: 0, missBytes: 0, disk: null }),
    openFiles: () => [],
    failures: () => [],
    placing: () => null,
    reloadOverrides: () => Promise.resolve(),
    retag: () => Promise.resolve({ renamed: [] }),
    stop: () => undefined,
    ...parts,
  });
}
