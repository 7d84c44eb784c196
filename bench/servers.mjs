/**
 * The servers that can be measured, and how each is started: `command` gives the program and its arguments. The aims are for
 * those that are ours.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/run.mjs';

export const defaultServers = 'fuse-native,fuse-native-64,kernel,kernel-thread,c';

const serve = (binding) => (mountpoint, delayMs) => [
  process.execPath,
  join(import.meta.dirname, 'serve.mjs'),
  ...['--binding', binding, '--mountpoint', mountpoint, '--delay-ms', String(delayMs)],
];

/**
 * @param limit the path of the compiled limit.c; null where it cannot be compiled.
 * @returns all servers; one that cannot run here says why in `missing`.
 */
export function allServers({ limit }) {
  const binding = join(root, 'dist', 'fuse', 'kernel', 'kernel-binding.js');
  const kernelMissing = existsSync(binding) ? null : 'the kernel binding is not there yet';
  return [
    { name: 'fuse-native', title: 'fuse-native', command: serve('fuse-native'), missing: null },
    {
      name: 'fuse-native-64',
      title: 'fuse-native, 64 reads',
      command: serve('fuse-native-64'),
      missing: null,
      // It differs in how many reads of the page cache may be under way, and in nothing else.
      cases: ['sequential', 'delayed'],
    },
    { name: 'kernel', title: 'kernel', command: serve('kernel'), missing: kernelMissing, isOurs: true },
    {
      name: 'kernel-thread',
      title: 'kernel, thread transport',
      command: serve('kernel-thread'),
      missing: kernelMissing,
      isOurs: true,
    },
    {
      name: 'c',
      title: 'C libfuse3',
      command: (mountpoint, delayMs) => [limit, mountpoint, String(delayMs)],
      missing: limit === null ? 'libfuse3-dev is not installed' : null,
    },
  ];
}
