import { dirname } from 'node:path';
import { ownType, parseMountinfo, topMount } from '../../fuse/mountinfo.js';
import { isAlive, readRunFile } from '../../server/run-file.js';
import { fail, ok, skip, warn, type Check } from './check.js';
import type { Machine } from './machine.js';
import { propagationAt } from './propagation.js';

const mountinfoPath = '/proc/self/mountinfo';

/** The mountpoint, as the kernel's table tells it: the mount itself is never touched, because a dead one hangs who does. */
export function mountpointChecks(machine: Machine, mountpoint: string | null, stateDir: string): Check[] {
  if (mountpoint === null) {
    return [{ name: 'mountpoint', run: () => Promise.resolve(skip('none is configured')) }];
  }
  return [
    {
      name: 'mountpoint',
      run: async () => {
        const mounts = parseMountinfo((await machine.readText(mountinfoPath)) ?? '');
        const mount = topMount(mounts, mountpoint);
        const running = readRunFile(stateDir);
        const alive = running !== null && running.mountpoint === mountpoint && isAlive(running.pid);
        if (mount === undefined) {
          return alive
            ? warn(
                `process ${running.pid} runs, but nothing is mounted`,
                'See what it waits for: debridfs status',
              )
            : ok(`${mountpoint} is free`);
        }
        if (mount.type !== ownType) {
          return fail(
            `${mountpoint} is taken by a mount of type ${mount.type}`,
            'Unmount that, or choose another folder.',
          );
        }
        return alive
          ? ok(`${mountpoint} is mounted by process ${running.pid}`)
          : fail(`${mountpoint} is mounted, but its process is dead`, `Run: debridfs unmount ${mountpoint}`);
      },
    },
    {
      name: 'mount propagation',
      run: async () => {
        const parent = dirname(mountpoint);
        switch (propagationAt((await machine.readText(mountinfoPath)) ?? '', parent)) {
          case 'shared':
            return ok(`${parent} is shared: containers can see the mount`);
          case 'private':
            return warn(
              `${parent} is private: containers do not see the mount`,
              `For containers run: mount --bind ${parent} ${parent} && mount --make-rshared ${parent}`,
            );
          case null:
            return skip('the mount table cannot be read');
        }
      },
    },
  ];
}
