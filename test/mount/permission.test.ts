import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, run, within } from '../support/mount-harness.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Node 20 has another name for it. */
const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

/** All that a mount needs. */
const allowed = [
  '--allow-fs-read=*',
  '--allow-fs-write=*',
  '--allow-child-process',
  '--allow-worker',
  '--allow-addons',
];

let folder: string;
let mountpoint: string;
let running: DebridfsProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'debridfs-permission-'));
  mountpoint = join(folder, 'mnt');
});
afterEach(async () => {
  await running.end('SIGKILL');
  if (await isMounted(mountpoint)) await run('fusermount3', '-uz', mountpoint);
  await rm(folder, { recursive: true });
});

function startDemo(flags: readonly string[]): void {
  running = new DebridfsProcess(['demo', mountpoint], { TMPDIR: folder }, [
    process.execPath,
    permission,
    ...flags,
    main,
  ]);
}

test('With --permission and all that it needs, the mount is read by a thread, and says so', async () => {
  startDemo(allowed);
  await running.line(`ready: ${mountpoint}`);
  expect(running.output).toContain('requests are read by a thread');
  const { stdout } = await run('cat', join(mountpoint, '.debridfs-mounted'));
  expect(stdout).not.toBe('');
  expect(await running.end('SIGTERM')).toBe(0);
  expect(await isMounted(mountpoint)).toBe(false);
});

test.each(allowed.slice(1))(
  'With --permission and without %s, it says that this is missing',
  async (flag) => {
    startDemo(allowed.filter((other) => other !== flag));
    expect(await within(running.exited, 'end of debridfs')).toBe(2);
    const [name = ''] = flag.split('=');
    expect(running.output).toContain(`leave that out, or add ${name}.`);
    expect(running.output).not.toContain('    at ');
    expect(await isMounted(mountpoint)).toBe(false);
  },
);
