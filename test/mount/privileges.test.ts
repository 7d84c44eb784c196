import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import { singleFile } from '../../src/emulator/world.js';
import { isMounted, MountWorld, run, within } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';

/** Nobody, in whom no test runs. */
const user = 65_534;
const film = singleFile('Film.2001.1080p.BluRay.x264-GRP.mkv', 300_000_000);
const settings = `mount: { dropPrivileges: true, uid: ${user}, gid: ${user}, allowOther: true, announce: true }`;

let program: MountedProgram;
let world: MountWorld;

async function createProgram(mountpoint?: string): Promise<MountedProgram> {
  const created = await MountedProgram.create(
    [{ service: 'torbox', items: [{ torrent: film }] }],
    mountpoint,
  );
  // Who unmounts must be able to go there.
  await chmod(created.folder, 0o755);
  return created;
}

beforeEach(async () => {
  world = new MountWorld();
  program = await createProgram();
});
afterEach(async () => {
  await program.end();
  await world.end();
});

/** Every user and group that some thread of a process is: real, effective, saved, for files, and besides. */
async function identities(pid: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const status = await readFile(`/proc/${pid}/task/${thread}/status`, 'utf8');
    for (const [, numbers = ''] of status.matchAll(/^(?:Uid|Gid|Groups):\s*(.*)$/gm)) {
      for (const number of numbers.trim().split(/\s+/)) found.add(number);
    }
  }
  return found;
}

async function expectServedByUser(): Promise<void> {
  expect(await identities(await program.servingPid())).toEqual(new Set([`${user}`]));
  const reader = world.reader();
  const path = join(program.mountpoint, 'movies/Film (2001)/Film (2001) - [1080p BluRay x264-GRP].mkv');
  const fd = await reader.call('open', path, 'r');
  const bytes = await reader.call('readAt', fd, 1_000_000, 1000);
  const right = contentBytes(film.hash, film.files[0]?.path ?? '', 1_000_000, 1_001_000);
  expect(bytes).toEqual({ length: 1000, sha256: createHash('sha256').update(right).digest('hex') });
}

test('Started as root, it serves as a user, who owns the state and may unmount', async () => {
  const running = await program.start([], settings);
  await running.line('without the rights of root');
  await expectServedByUser();
  const { stateDir } = program;
  for (const name of ['.', ...(await readdir(stateDir))])
    expect((await stat(join(stateDir, name))).uid, name).toBe(user);
  await run('setpriv', '--reuid', `${user}`, '--clear-groups', 'fusermount3', '-uz', program.mountpoint);
  expect(await within(running.exited, 'end of debridfs')).toBe(1);
  expect(await isMounted(program.mountpoint)).toBe(false);
});

test('Without allowOther it says that not even root sees the mount', async () => {
  const running = await program.start([], settings.replace('allowOther: true', 'allowOther: false'));
  await running.line(`only user ${user} sees the mount, not even root does`);
  const seen = await run('ls', program.mountpoint);
  expect(seen.stderr).toContain('Permission denied');
  expect(await running.end('SIGTERM')).toBe(0);
});

test('Links that the user left in the state folder lead root nowhere', async () => {
  const elsewhere = join(program.folder, 'elsewhere');
  await mkdir(elsewhere, { mode: 0o755 });
  const victim = join(elsewhere, 'file');
  await writeFile(victim, 'as it was', { mode: 0o644 });
  await mkdir(program.stateDir);
  for (const name of ['lock.db', 'run.json', 'control.sock'])
    await symlink(victim, join(program.stateDir, name));
  await symlink(join(elsewhere, 'new'), join(program.stateDir, 'library.db'));
  await chown(program.stateDir, user, user);
  const running = await program.launch([], settings);
  expect(await within(running.exited, 'end of debridfs')).toBe(1);
  expect(await readFile(victim, 'utf8')).toBe('as it was');
  expect(await stat(victim)).toMatchObject({ uid: 0, mode: 0o100644 });
  expect(await readdir(elsewhere)).toEqual(['file']);
});

test('A state folder of somebody else is refused, with what to do', async () => {
  await mkdir(program.stateDir, { mode: 0o700 });
  const running = await program.launch([], settings);
  expect(await within(running.exited, 'end of debridfs')).toBe(2);
  expect(running.output).toContain(`chown -R ${user}:${user} ${program.stateDir}`);
  expect((await stat(program.stateDir)).uid).toBe(0);
});

test('Folders that it makes for the user can be reached by the user, whatever the umask of root', async () => {
  const cache = join(program.folder, 'a/b/cache');
  const mask = process.umask(0o077);
  try {
    const running = await program.start(['--cache-dir', cache], settings);
    expect(await running.end('SIGTERM')).toBe(0);
    expect(running.output).not.toContain('nothing is kept on disk');
  } finally {
    process.umask(mask);
  }
  expect((await stat(cache)).uid).toBe(user);
});

test('State and cache in a folder that only root may enter are told, with the key to set', async () => {
  const closed = join(program.folder, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const started = await program.start(['--cache-dir', join(closed, 'cache')], settings);
  await started.line(`set cache.dir to a folder that user ${user} owns`);
  expect(await started.end('SIGTERM')).toBe(0);
  const refused = await program.launch(['--state-dir', join(closed, 'state')], settings);
  expect(await within(refused.exited, 'end of debridfs')).toBe(2);
  expect(refused.output).toContain('set stateDir to a folder of that user');
  expect(await readdir(closed)).toEqual([]);
});

test('A mountpoint inside of the state folder is served, too', async () => {
  await program.end();
  program = await createProgram('state/mnt');
  const running = await program.start([], settings);
  await running.line('without the rights of root');
  expect(await running.end('SIGTERM')).toBe(0);
  expect(await isMounted(program.mountpoint)).toBe(false);
});

test('Where the user cannot reach the mountpoint, it is refused before anything is mounted', async () => {
  await program.end();
  program = await createProgram('closed/mnt');
  const closed = join(program.folder, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const running = await program.launch([], settings);
  expect(await within(running.exited, 'end of debridfs')).toBe(2);
  expect(running.output).toContain(`chmod o+x ${closed}`);
  expect(running.output).not.toContain('"msg":"mounted"');
  expect(await isMounted(program.mountpoint)).toBe(false);
});

test('Where only its keeper can reach the mountpoint, that unmounts', async () => {
  await program.end();
  program = await createProgram('closed/mnt');
  await mkdir(join(program.folder, 'closed'), { mode: 0o700 });
  const running = await program.start(['--keeper'], settings);
  await running.line('without the rights of root');
  await running.end('SIGTERM');
  expect(await isMounted(program.mountpoint)).toBe(false);
});

test('Without the rights of root it unmounts when it is stopped, and starts again on the same state', async () => {
  for (let start = 0; start < 2; start += 1) {
    const running = await program.start([], settings);
    await expectServedByUser();
    expect(await running.end('SIGTERM')).toBe(0);
    expect(await isMounted(program.mountpoint)).toBe(false);
  }
});

test('After a crash the next worker serves as the user too', async () => {
  const running = await program.start(['--keeper'], settings);
  await running.line('ready to take over');
  const pid = await program.servingPid();
  process.kill(pid, 'SIGKILL');
  await until('another worker', async () => (await program.servingPid()) !== pid);
  await until('its rights', async () => !(await identities(await program.servingPid())).has('0'));
  await expectServedByUser();
  expect(await running.end('SIGTERM')).toBe(0);
  expect(await isMounted(program.mountpoint)).toBe(false);
});

test('Root is not given up for root', async () => {
  const running = await program.launch(['--drop-privileges'], '');
  expect(await within(running.exited, 'end of debridfs')).toBe(2);
  expect(running.output).toContain(
    'mount.dropPrivileges at --drop-privileges: Say whose process it is to become',
  );
});
