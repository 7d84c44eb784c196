import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DebridfsProcess } from '../support/debridfs-process.js';
import { run, within } from '../support/mount-harness.js';

const dist = (path: string): string => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

/** Nobody, in whom no test runs. */
const user = 65_534;
const asUser = ['setpriv', '--reuid', `${user}`, '--regid', `${user}`, '--clear-groups'];

/** Major and minor number of /dev/fuse (Linux, Documentation/admin-guide/devices.txt; fs/fuse/fuse_i.h). */
const fuseNumbers = ['c', '10', '229'];

/** Why a process here cannot have a view of the mounts of its own; null where it can. */
function whyNot(): string | null {
  try {
    execFileSync('unshare', ['-m', '--propagation', 'private', 'true'], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const reason = whyNot();
if (reason !== null) process.stderr.write(`Mounts by a user are not tested: ${reason}\n`);

let folder: string;
let mountpoint: string;
let running: DebridfsProcess | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'debridfs-user-'));
  mountpoint = join(folder, 'mnt');
  await chmod(folder, 0o755);
  await chown(folder, user, user);
  running = null;
});
afterEach(async () => {
  await running?.end('SIGKILL');
  await rm(folder, { recursive: true });
});

/** For NODE_OPTIONS: a Node for which the package koffi is not installed. */
const withoutKoffi = (() => {
  const hook = `export const resolve = (name, context, next) => { if (name === 'koffi') throw new Error(name); return next(name, context); };`;
  const inline = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  return `--import ${inline(`import { register } from 'node:module'; register(${JSON.stringify(inline(hook))});`)}`;
})();

/** Starts the demo as a user, where /dev/fuse has these permissions, in a view of the mounts that ends with it. */
function startDemo(permissions: string): DebridfsProcess {
  const device = join(folder, 'fuse');
  execFileSync('mknod', ['-m', permissions, device, ...fuseNumbers]);
  const script = `mount --bind ${device} /dev/fuse && exec "$@"`;
  running = new DebridfsProcess(['demo', mountpoint], { TMPDIR: folder }, [
    ...['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'],
    ...[...asUser, process.execPath, dist('main.js')],
  ]);
  return running;
}

test.skipIf(reason !== null)('A user who may open the device mounts, reads and unmounts', async () => {
  const demo = startDemo('0666');
  await demo.line(`ready: ${mountpoint}`);
  const inside = ['-t', String(demo.child.pid), '-m', ...asUser];
  const { stdout } = await run('nsenter', ...inside, 'cat', join(mountpoint, '.debridfs-mounted'));
  expect(stdout).not.toBe('');
  const mounts = await readFile(`/proc/${String(demo.child.pid)}/mountinfo`, 'utf8');
  expect(mounts).toMatch(new RegExp(`${mountpoint} .*fuse.debridfs .*user_id=${user}.*max_read=1048576`));
  expect(await demo.end('SIGTERM')).toBe(0);
});

test.skipIf(reason !== null)('A user who may not open the device is told what to do', async () => {
  const demo = startDemo('0600');
  expect(await within(demo.exited, 'end of debridfs')).toBe(2);
  expect(demo.output).toContain('chmod 0666 /dev/fuse');
  expect(demo.output).not.toContain('fuse-native');
});

test('A user without koffi is told what to do', async () => {
  const program = `
    import { mountedAsUser } from ${JSON.stringify(dist('fuse/kernel/user-mount.js'))};
    await mountedAsUser(process.argv[1], { allowOther: false, announce: false });`;
  const node = [process.execPath, '--input-type=module', '-e', program, mountpoint];
  const { code, stderr } = await run('env', `NODE_OPTIONS=${withoutKoffi}`, ...node);
  expect(code).not.toBe(0);
  expect(stderr).toContain('The optional package koffi is missing: run `npm ci` again');
});
