import { configFor, flagSettings, type CommandSetup, type ConfigFlag } from '../command.js';
import { runMount } from '../run-mount.js';

/** Named as rclone names them, where rclone has one (`rclone mount --help`, 1.60). */
const mountFlags: readonly ConfigFlag[] = [
  { flags: '--allow-other', key: ['mount', 'allowOther'], description: 'let other users see the mount' },
  { flags: '--uid <number>', key: ['mount', 'uid'], description: 'owner of the files' },
  { flags: '--gid <number>', key: ['mount', 'gid'], description: 'group of the files' },
  {
    flags: '--umask <bits>',
    key: ['mount', 'umask'],
    description: 'permission bits to take away, such as 022',
  },
  {
    flags: '--attr-timeout <duration>',
    key: ['mount', 'attrTimeout'],
    description: 'how long the kernel keeps attributes',
  },
  { flags: '--fuse-binding <name>', key: ['mount', 'binding'], description: 'auto, kernel or fuse-native' },
  {
    flags: '--announce',
    key: ['mount', 'announce'],
    description: 'wake programs that watch folders of the mount',
  },
  {
    flags: '--drop-privileges',
    key: ['mount', 'dropPrivileges'],
    description: 'once it is mounted, go on as --uid and --gid instead of root',
  },
  {
    flags: '--cache-dir <dir>',
    key: ['cache', 'dir'],
    description: 'folder where cached data is kept on disk',
  },
  {
    flags: '--vfs-cache-max-size <size>',
    key: ['cache', 'maxSize'],
    description: 'most that cached data may take on disk, 0 for nothing',
  },
  { flags: '--bwlimit <rate>', key: ['bwlimit'], description: 'most bytes a second that are downloaded' },
  {
    flags: '--poll-interval <duration>',
    key: ['sync', 'interval'],
    description: 'how often accounts are asked',
  },
  {
    flags: '--listen <address>',
    key: ['server', 'listen'],
    description: 'HTTP address, such as 127.0.0.1:8484',
  },
];

/** `debridfs mount`: mounts, syncs and serves, until it is stopped. */
export function addMount(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  const command = program
    .command('mount')
    .argument('[mountpoint]', 'where to mount; it is created where missing')
    .description('mount the library, keep it up to date and serve it');
  for (const { flags, description } of mountFlags) command.option(flags, description);
  command.option('--keeper', 'let the mount outlive a crash: another process takes over (root only)');
  command.action(
    setup.run(async (mountpoint: string | undefined, options: { readonly keeper?: true }) => {
      const place =
        mountpoint === undefined ? [] : [{ path: ['mountpoint'], text: mountpoint, flag: 'MOUNTPOINT' }];
      const config = configFor(setup, 'mount', [...flagSettings(command, mountFlags), ...place]);
      return runMount(config, dependencies, options.keeper === true);
    }),
  );
}
