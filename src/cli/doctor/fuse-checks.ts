import { join } from 'node:path';
import type { Environment } from '../../config/interpolate.js';
import type { MountConfig } from '../../config/config.js';
import { usersMayAllowOther } from '../../fuse/probe.js';
import { fail, ok, skip, type Check } from './check.js';
import { findProgram, type Machine } from './machine.js';

/** Where Debian, Ubuntu, Fedora, Arch and Alpine keep libraries. */
const libraryFolders = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
  '/usr/local/lib',
];

/** What the kernel and the distribution must provide for a mount. */
export function fuseChecks(
  machine: Machine,
  env: Environment,
  uid: number,
  { allowOther, binding }: Pick<MountConfig, 'allowOther' | 'binding'>,
): Check[] {
  return [
    {
      name: '/dev/fuse',
      run: async () => {
        if (await machine.mayUse('/dev/fuse', 'read-write')) return ok('can be used');
        return (await machine.modeOf('/dev/fuse')) === null
          ? fail('is missing', 'Run: modprobe fuse. In a container: --device /dev/fuse --cap-add SYS_ADMIN')
          : fail('may not be used by this user', 'Run: chmod 666 /dev/fuse, or run debridfs as root.');
      },
    },
    {
      name: 'fusermount',
      run: async () => {
        const found = await findProgram(machine, env, ['fusermount3', 'fusermount']);
        return found === null ? fail('is not installed', 'Run: apt-get install fuse3') : ok(found);
      },
    },
    {
      name: 'libfuse2',
      run: async () => {
        const own = (env['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== '');
        for (const folder of [...own, ...libraryFolders]) {
          const path = join(folder, 'libfuse.so.2');
          if ((await machine.modeOf(path)) !== null) return ok(path);
        }
        if (binding !== 'fuse-native') return skip('is not installed, and not needed');
        return fail(
          'is not installed',
          'Run: apt-get install libfuse2 (Ubuntu 24.04 and Debian 13: libfuse2t64)',
        );
      },
    },
    {
      name: 'allow_other',
      run: async () => {
        if (!allowOther) return ok('not asked for: only this user sees the mount');
        if (uid === 0) return ok('allowed to root');
        return usersMayAllowOther((await machine.readText('/etc/fuse.conf')) ?? '')
          ? ok('allowed by /etc/fuse.conf')
          : fail('not allowed to users', 'Add the line user_allow_other to /etc/fuse.conf.');
      },
    },
  ];
}
