import { dirname } from 'node:path';
import type { UserAndGroup } from '../../fuse/binding.js';
import type { PathState } from '../../fuse/look-at-path.js';
import { ownType, parseMountinfo, topMount } from '../../fuse/mountinfo.js';
import { closedFolder, unreachable } from '../../fuse/user-access.js';
import { isIn } from '../../notify/folders.js';
import { isAlive, readRunFile } from '../../server/run-file.js';
import { quoteForShell } from '../format.js';
import { fail, ok, skip, warn, type Check, type Finding } from './check.js';
import { nearestFolder, type Machine } from './machine.js';
import { propagationAt } from './propagation.js';

const mountinfoPath = '/proc/self/mountinfo';

/**
 * The mountpoint, as the kernel's table tells it. The mount itself is looked at by `lookAt` alone, because a dead one
 * hangs who touches it.
 * @param self how the user calls this program. @param dropTo whom the process becomes once it has mounted.
 */
export function mountpointChecks(
  machine: Machine,
  mountpoint: string | null,
  stateDir: string,
  self: string,
  dropTo: UserAndGroup | null,
): Check[] {
  if (mountpoint === null) {
    return [{ name: 'mountpoint', run: () => Promise.resolve(skip('none is configured')) }];
  }
  return [
    ...(dropTo === null ? [] : [reachCheck(machine, mountpoint, dropTo)]),
    {
      name: 'mountpoint',
      run: async () => {
        const mounts = parseMountinfo((await machine.readText(mountinfoPath)) ?? '');
        const mount = topMount(mounts, mountpoint);
        const running = readRunFile(stateDir);
        const alive = running !== null && running.mountpoint === mountpoint && isAlive(running.pid);
        if (mount === undefined) {
          if (isIn(stateDir, mountpoint))
            return fail(`${mountpoint} would cover ${stateDir}`, 'Choose another mountpoint or stateDir.');
          if ((await machine.lookAt(mountpoint)).kind === 'other')
            return fail(`${mountpoint} is no folder`, 'Choose another mountpoint, or move that away.');
          return alive
            ? warn(
                `process ${running.pid} runs, but nothing is mounted`,
                `See what it waits for: ${self} status`,
              )
            : ok(`${mountpoint} is free`);
        }
        if (mount.type !== ownType) {
          return fail(
            `${mountpoint} is taken by a mount of type ${mount.type}`,
            'Unmount that, or choose another folder.',
          );
        }
        const pid = alive ? running.pid : null;
        return judgeOwn(mountpoint, await machine.lookAt(mountpoint), pid, stateDir, self);
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

/** Whether the user whom the process becomes can go to the mountpoint, and so unmount. */
function reachCheck(machine: Machine, mountpoint: string, user: UserAndGroup): Check {
  return {
    name: 'way to the mountpoint',
    run: async () => {
      const above = await nearestFolder(machine, dirname(mountpoint));
      const closed = await closedFolder(above, (folder) => machine.userMay(user, 'enter', folder));
      if (closed === null) return ok(`open to user ${user.uid}`);
      const { found, remedy } = unreachable(closed, user);
      return fail(found, `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`);
    },
  };
}

/** @param pid of the process of this state folder that serves the mountpoint; null: none does. */
function judgeOwn(
  mountpoint: string,
  state: PathState,
  pid: number | null,
  stateDir: string,
  self: string,
): Finding {
  const remedy = `Run: ${self} unmount ${quoteForShell(mountpoint)}`;
  if (state.kind === 'disconnected') {
    return fail(`${mountpoint} is mounted, but its process is dead`, remedy);
  }
  if (state.kind === 'silent') return fail(`${mountpoint} is mounted, but does not answer`, remedy);
  if (pid !== null) return ok(`${mountpoint} is mounted by process ${pid}`);
  return warn(
    `${mountpoint} is mounted by a debridfs with another state folder than ${stateDir}`,
    'Give both the same stateDir, so that commands find the running process.',
  );
}
