import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindingIsMissing, MountWorld, run, within, type Reader } from '../support/mount-harness.js';
import { ramp } from '../support/mount-tree.mjs';
import { writesTo } from '../support/writes.js';

// Each title is a heading of docs/SEMANTICS.md.

let world: MountWorld;
beforeEach(async ({ skip }) => {
  world = new MountWorld();
  skip(await bindingIsMissing(), 'libfuse2 is not installed');
});
afterEach(() => world.end());

/** Only root may make the kernel forget, mount a tmpfs, or become somebody else: those parts are left out else. */
const root = process.getuid?.() === 0;

const large = 'movies/Large (2024)/Large (2024).mkv';
const largeSize = 60e9 + 7;
const small = 'movies/Small (2024)/Small (2024).mkv';
const smallSize = 100_001;
const mtimeMs = Date.UTC(2024, 1, 29, 12, 0, 0);

interface Bytes {
  readonly length: number;
  readonly sha256: string;
}

function rampBytes(content: number, offset: number, length: number): Bytes {
  return {
    length,
    sha256: createHash('sha256')
      .update(ramp(content, offset, length))
      .digest('hex'),
  };
}

async function readAt(reader: Reader, path: string, offset: number, length: number): Promise<Bytes | string> {
  const fd = await reader.call<number>('open', path, 'r');
  if (typeof fd === 'string') return fd;
  const bytes = await reader.call<Bytes>('readAt', fd, offset, length);
  await reader.call('close', fd);
  return bytes;
}

/** Asks again until the answer is the wanted one: the kernel keeps names and attributes for a while. */
async function eventually(ask: () => Promise<unknown>, wanted: unknown): Promise<void> {
  let answer: unknown;
  const startMs = Date.now();
  do {
    answer = await ask();
    if (answer === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (Date.now() - startMs < 10_000);
  expect(answer).toBe(wanted);
}

test('Every byte is right, at any offset', async () => {
  const { mountpoint } = await world.mount();
  const reader = world.reader();
  const path = join(mountpoint, large);
  const fd = await reader.call<number>('open', path, 'r');
  const offsets = [0, 1, 2 ** 31 - 5000, 2 ** 32 - 70_001, 2 ** 32, 2 ** 35 + 3];
  for (let n = 0; n < 60; n += 1) offsets.push(Math.floor(Math.random() * largeSize));
  for (const offset of offsets) {
    const length = Math.min(1 + Math.floor(Math.random() * 400_000), largeSize - offset);
    const bytes = await reader.call('readAt', fd, offset, length);
    expect(bytes, `${length} bytes at ${offset}`).toEqual(rampBytes(1, offset, length));
  }
  expect(await reader.call('readAt', fd, largeSize - 1000, 5000)).toEqual(
    rampBytes(1, largeSize - 1000, 1000),
  );
  expect(await reader.call('readAt', fd, largeSize, 5000)).toMatchObject({ length: 0 });

  const together = Array.from({ length: 6 }, async () => {
    const other = world.reader();
    for (let n = 0; n < 20; n += 1) {
      const offset = Math.floor(Math.random() * 99e6);
      const bytes = await readAt(other, join(mountpoint, 'slow.mkv'), offset, 200_000);
      expect(bytes, `200,000 bytes at ${offset}`).toEqual(rampBytes(905, offset, 200_000));
    }
  });
  await Promise.all(together);

  const sum = await run('sha256sum', join(mountpoint, small));
  expect(sum.stdout.split(' ')[0]).toBe(rampBytes(2, 0, smallSize).sha256);
  expect(await reader.call('readText', join(mountpoint, '.debridfs-mounted'))).toBe('mounted\n');
});

test('Sizes, blocks and times are those of the content', async () => {
  const { mountpoint } = await world.mount();
  const reader = world.reader();
  const times = { mtimeMs, atimeMs: mtimeMs, ctimeMs: mtimeMs };
  for (const [path, size] of [
    [large, largeSize],
    [small, smallSize],
    ['movies/Empty (2024)/Empty (2024).mkv', 0],
  ] as const) {
    const blocks = Math.ceil(size / 512);
    const expected = { size, blocks, blksize: 4096, nlink: 1, ...times };
    expect(await reader.call('stat', join(mountpoint, path))).toMatchObject(expected);
    const fd = await reader.call('open', join(mountpoint, path), 'r');
    expect(await reader.call('fstat', fd)).toMatchObject(expected);
  }
  expect(await reader.call('stat', join(mountpoint, 'movies'))).toMatchObject({ nlink: 1, blksize: 4096 });
});

test('Inodes are the same after a restart, and after the kernel forgot a file', async () => {
  const first = await world.mount();
  const reader = world.reader();
  const inodes = (): Promise<unknown> => reader.call('inodes', join(first.mountpoint, 'many'));
  const before = await inodes();
  expect(before).toHaveLength(5000);

  if (root) await writeFile('/proc/sys/vm/drop_caches', '2');
  expect(await inodes()).toEqual(before);

  await first.kill();
  await world.mount({ mountpoint: first.mountpoint });
  expect(await inodes()).toEqual(before);
});

test('A failed read is EIO, never a short file', async () => {
  const { mountpoint, tell } = await world.mount();
  const reader = world.reader();
  for (const name of ['throws', 'fails', 'short', 'long']) {
    expect(await readAt(reader, join(mountpoint, 'broken', name), 0, 1000), name).toBe('EIO');
    expect(await reader.call('stat', join(mountpoint, 'broken', name))).toMatchObject({ size: 1e6 });
  }
  expect(await readAt(reader, join(mountpoint, small), 5, 1000)).toEqual(rampBytes(2, 5, 1000));
  await eventually(() => tell<unknown[]>('open').then((open) => open.length), 0);
});

test('A read that never ends is EIO at its deadline, and holds up nobody', async () => {
  const { mountpoint, tell } = await world.mount({ readMs: 1500 });
  const waiter = world.reader();
  const outcome = readAt(waiter, join(mountpoint, 'broken/waits'), 0, 1000);
  await eventually(() => tell<number>('waiting').then((count) => count > 0), true);

  const reader = world.reader();
  expect(await readAt(reader, join(mountpoint, large), 2 ** 33, 300_000)).toEqual(
    rampBytes(1, 2 ** 33, 300_000),
  );
  expect(await reader.call('readdir', join(mountpoint, 'broken'))).toContain('waits');
  expect(await outcome).toBe('EIO');

  await tell('release');
  expect(await readAt(reader, join(mountpoint, small), 0, smallSize)).toEqual(rampBytes(2, 0, smallSize));
});

test('While the process is busy programs wait, and get what they asked for', async () => {
  const { mountpoint, tell } = await world.mount();
  const readers = [world.reader(), world.reader()];
  for (const reader of readers) await readAt(reader, join(mountpoint, small), 0, 1);
  const busy = tell('beBusy', 3_000);
  const reads = readers.map((reader, n) => readAt(reader, join(mountpoint, large), 2 ** 33 + n, 300_000));
  const [first, second] = await Promise.all(reads);
  await busy;
  expect(first).toEqual(rampBytes(1, 2 ** 33, 300_000));
  expect(second).toEqual(rampBytes(1, 2 ** 33 + 1, 300_000));
});

test('A killed reader is released at once', async () => {
  const { mountpoint, capabilities, tell } = await world.mount({ readMs: 600_000 });
  const waits = join(mountpoint, 'broken/waits');
  const victim = world.reader();
  void readAt(victim, waits, 0, 1000).catch(() => undefined);
  await eventually(() => tell<number>('waiting').then((count) => count > 0), true);
  await victim.kill();

  const other = world.reader();
  expect(await readAt(other, join(mountpoint, small), 0, 1000)).toEqual(rampBytes(2, 0, 1000));
  if (!capabilities.interrupt) return;

  // Past the page cache only the file system lets a reader go, and the kernel tells it of the first signal alone: a
  // program that handles one and goes on is no dead one, until it is killed.
  const handler = world.reader();
  const before = await tell<number>('waiting');
  const fd = await handler.call<number>('open', waits, constants.O_RDONLY | constants.O_DIRECT);
  let handled: unknown = 'nothing yet';
  handler.call('readAt', fd, 0, 1000).then(
    (answer) => (handled = answer),
    () => undefined,
  );
  await eventually(() => tell<number>('waiting'), before + 1);
  handler.signal('SIGUSR2');
  // What the kernel has to say of the signal it has said once it has asked for something else, and what is found out about
  // the reader is found out long before it has asked for so much.
  for (let at = 0; at < 50_000; at += 1000)
    expect(await readAt(other, join(mountpoint, small), at, 1000)).toEqual(rampBytes(2, at, 1000));
  expect(handled).toBe('nothing yet');
  await handler.kill();
});

test('ENOENT means that a name is not there', async () => {
  const { mountpoint } = await world.mount();
  const reader = world.reader();
  expect(await reader.call('stat', join(mountpoint, 'movies/no such'))).toBe('ENOENT');
  expect(await reader.call('open', join(mountpoint, 'no/such/file'), 'r')).toBe('ENOENT');
  expect(await reader.call('readdir', join(mountpoint, 'no such'))).toBe('ENOENT');
  expect(await reader.call('stat', join(mountpoint, small, 'x'))).toBe('ENOTDIR');
  expect(await reader.call('stat', join(mountpoint, 'broken/lookup fails'))).toBe('EIO');
  expect(await reader.call('stat', join(mountpoint, 'broken/waits'))).toMatchObject({ size: 1e6 });
});

test('Every write is refused with EROFS', async () => {
  const { mountpoint } = await world.mount();
  const reader = world.reader();
  const file = join(mountpoint, small);
  const folder = join(mountpoint, 'movies');
  const fresh = join(mountpoint, 'fresh');
  const calls = [...writesTo({ file, folder, fresh }), ['access', file, 2] as const];
  for (const [call, ...args] of calls) expect(await reader.call(call, ...args), call).toBe('EROFS');
  expect((await run('mkfifo', fresh)).stderr).toContain('Read-only file system');

  const fd = await reader.call('open', file, 'r');
  expect(await reader.call('writeTo', fd)).toBe('EBADF');
  expect(await readAt(reader, file, 0, 1000)).toEqual(rampBytes(2, 0, 1000));
});

test('A file that leaves the library stays readable while it is open', async () => {
  const { mountpoint, tell } = await world.mount({ attrTimeoutMs: 0 });
  const reader = world.reader();
  const fd = await reader.call('open', join(mountpoint, small), 'r');
  await tell('remove', 'movies');
  expect(await reader.call('stat', join(mountpoint, small))).toBe('ENOENT');
  // More than the file has: at its end the kernel asks for its size again.
  expect(await reader.call('readAt', fd, 0, 200_000)).toEqual(rampBytes(2, 0, smallSize));
  await reader.call('close', fd);
  await eventually(() => tell<unknown[]>('open').then((open) => open.length), 0);
});

test('A change of the tree shows within the attribute timeout', async () => {
  const { mountpoint, tell } = await world.mount({ attrTimeoutMs: 500 });
  const reader = world.reader();
  const path = join(mountpoint, 'movies/New (2026).mkv');
  expect(await reader.call('stat', path)).toBe('ENOENT');
  await tell('add', 'movies/New (2026).mkv', 5000);
  await eventually(async () => typeof (await reader.call('stat', path)), 'object');
  expect(await reader.call('readdir', join(mountpoint, 'movies'))).toContain('New (2026).mkv');
  expect(await readAt(reader, path, 10, 100)).toEqual(rampBytes(9, 10, 100));
  await tell('remove', 'movies/New (2026).mkv');
  await eventually(() => reader.call('stat', path), 'ENOENT');
});

test('Names may have 200 bytes and any script', async () => {
  const { mountpoint } = await world.mount();
  const reader = world.reader();
  const names = [`${'n'.repeat(196)}.mkv`, `${'名'.repeat(65)}.mkv`, '🎬 "film" \\ $HOME `x`\t.mkv'];
  const listed = await reader.call('readdir', join(mountpoint, 'names'));
  expect(listed).toHaveLength(names.length);
  expect(listed).toEqual(expect.arrayContaining(names));
  for (const [index, name] of names.entries()) {
    expect(await readAt(reader, join(mountpoint, 'names', name), 0, 10)).toEqual(rampBytes(4 + index, 0, 10));
  }
  expect(await reader.call('stat', join(mountpoint, 'names', 'x'.repeat(255)))).toBe('ENOENT');
  // Bytes that are no UTF-8, which only a shell can give.
  const odd = await run('sh', '-c', 'stat "$1/$(printf "\\377\\376")"', 'sh', join(mountpoint, 'names'));
  expect(odd.stderr).toContain('No such file');
});

test('A folder of thousands of files is listed completely', async () => {
  const { mountpoint } = await world.mount();
  const found = await run('find', join(mountpoint, 'many'), '-type', 'f', '-printf', '%f %i %s\\n');
  const lines = found.stdout.trim().split('\n');
  expect(lines).toHaveLength(5000);
  const byName = new Map(lines.map((line) => [line.replace(/ \d+ \d+$/, ''), line]));
  expect(byName.size).toBe(5000);
  // `ls -i` without `-l` prints the inode of the listing itself, `find` that of `stat`.
  const listed = await run('ls', '-1Ui', join(mountpoint, 'many'));
  for (const line of listed.stdout.trim().split('\n')) {
    const [, inode, name] = /^ *(\d+) (.*)$/.exec(line) ?? [];
    expect(byName.get(name ?? '')).toBe(`${name ?? ''} ${inode ?? ''} ${/\d+/.exec(name ?? '')?.[0] ?? ''}`);
  }
});

test('A folder that changes while it is listed has all that stays once', async () => {
  const { mountpoint, tell } = await world.mount();
  await tell('fill', 'huge', 50_000);
  const reader = world.reader();
  await reader.call('openFolder', join(mountpoint, 'huge'));
  const names: string[] = [];
  let come = 0;
  for (;;) {
    const some = (await reader.call<string[]>('listSome', 5_000)) as string[];
    if (some.length === 0) break;
    names.push(...some);
    await tell('add', `huge/new ${come}.mkv`, 1);
    await tell('remove', `huge/file ${come}.mkv`);
    come += 1;
  }
  expect(come).toBeGreaterThanOrEqual(10);
  expect(new Set(names).size).toBe(names.length);
  const listed = new Set(names);
  for (let n = come; n < 50_000; n += 1) expect(listed.has(`file ${n}.mkv`), `file ${n}`).toBe(true);
});

test('Owner, group and permissions are as configured', async () => {
  const owner = { uid: 1234, gid: 5678 };
  const folder = await world.folder();
  await chmod(folder, 0o755);
  const { mountpoint } = await world.mount({
    mountpoint: join(folder, 'mnt'),
    ...owner,
    umask: 0o027,
    allowOther: root,
  });
  const reader = world.reader();
  const file = join(mountpoint, small);
  if (!root) {
    expect(await reader.call('stat', mountpoint)).toMatchObject({ ...owner, mode: 0o040750 });
    return;
  }
  expect(await reader.call('stat', file)).toMatchObject({ ...owner, mode: 0o100640 });
  expect(await reader.call('stat', join(mountpoint, 'movies'))).toMatchObject({ ...owner, mode: 0o040750 });
  const readAs = (uid: number, gid: number) =>
    run('setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups', 'cmp', file, file);
  expect((await readAs(1234, 1)).code).toBe(0);
  expect((await readAs(1, 5678)).code).toBe(0);
  expect((await readAs(1, 1)).stderr).toContain('Permission denied');
});

test('The disk is never full', async () => {
  const { mountpoint } = await world.mount();
  const statistics = await world
    .reader()
    .call<Record<'bsize' | 'blocks' | 'bfree' | 'bavail' | 'files' | 'ffree', number>>('statfs', mountpoint);
  if (typeof statistics === 'string') throw new Error(statistics);
  const { bsize, blocks, bfree, bavail, files, ffree } = statistics;
  expect(bavail * bsize).toBe(2 ** 50);
  expect((blocks - bfree) * bsize).toBeGreaterThan(largeSize);
  expect((blocks - bfree) * bsize).toBeLessThan(largeSize + 2 ** 30);
  expect(files - ffree).toBeGreaterThan(5000);
  expect(ffree).toBeGreaterThan(0);
});

test('A missing mountpoint is created, and a folder with files in it is covered', async () => {
  const folder = await world.folder();
  const reader = world.reader();
  const missing = await world.mount({ mountpoint: join(folder, 'a/b c/$(id) "x"') });
  expect(await reader.call('readdir', missing.mountpoint)).toContain('movies');

  const covered = join(folder, 'full');
  await mkdir(covered);
  await writeFile(join(covered, 'mine.txt'), 'mine');
  const over = await world.mount({ mountpoint: covered });
  expect(await reader.call('readdir', covered)).not.toContain('mine.txt');
  await over.tell('unmount');
  expect(await reader.call('readText', join(covered, 'mine.txt'))).toBe('mine');
});

test('A dead mount of an earlier run is cleared at the next start', async () => {
  // The kernel goes on telling the attributes of a dead mount until they time out: it must not be taken for a living one.
  const first = await world.mount({ attrTimeoutMs: 60_000 });
  const reader = world.reader();
  expect(await reader.call('stat', first.mountpoint)).toMatchObject({ nlink: 1 });
  await first.kill();
  expect(await reader.call('readdir', first.mountpoint)).toBe('ENOTCONN');
  const second = await world.mount({ mountpoint: first.mountpoint });
  expect(await reader.call('readdir', first.mountpoint)).toContain('movies');

  second.signal('SIGSTOP');
  await world.mount({ mountpoint: first.mountpoint });
  expect(await reader.call('readdir', first.mountpoint)).toContain('movies');
});

test('A living mount is not taken over', async () => {
  const first = await world.mount();
  const reader = world.reader();
  await expect(world.mount({ mountpoint: first.mountpoint })).rejects.toThrow(
    /^config: The mountpoint .* is in use by another debridfs/,
  );
  expect(await readAt(reader, join(first.mountpoint, small), 0, 100)).toEqual(rampBytes(2, 0, 100));

  if (!root) return;
  const volume = join(await world.folder(), 'volume');
  await mkdir(volume);
  await run('mount', '-t', 'tmpfs', 'tmpfs', volume);
  await writeFile(join(volume, 'mine.txt'), 'mine');
  try {
    const over = world.mount({ mountpoint: volume });
    if (first.capabilities.coversMounts) {
      const { tell } = await over;
      expect(await reader.call('readdir', volume)).toContain('movies');
      await tell('unmount');
      expect(await reader.call('readText', join(volume, 'mine.txt'))).toBe('mine');
    } else {
      await expect(over).rejects.toThrow(/^config: .* is a mount already/);
    }
  } finally {
    await run('umount', volume);
  }
});

test('Unmounting works while files are open', async () => {
  const { mountpoint, tell, closed, exit } = await world.mount();
  const reader = world.reader();
  const fd = await reader.call('open', join(mountpoint, large), 'r');
  expect(await reader.call('readAt', fd, 0, 1000)).toEqual(rampBytes(1, 0, 1000));
  const waiting = readAt(world.reader(), join(mountpoint, 'broken/waits'), 0, 1000);
  await eventually(() => tell<number>('waiting').then((count) => count > 0), true);

  await tell('unmount');
  await within(closed, 'end of the mount');
  expect(await reader.call('readdir', mountpoint)).toEqual([]);
  expect(await reader.call('readAt', fd, 2 ** 34, 1000)).toEqual(rampBytes(1, 2 ** 34, 1000));

  await exit();
  expect(await waiting).toMatch(/^E/);
  expect(await reader.call('readAt', fd, 2 ** 35, 1000)).toBe('ENOTCONN');
});

test('An unmount from outside is noticed', async () => {
  const { mountpoint, closed, tell } = await world.mount();
  expect((await run('fusermount3', '-u', mountpoint)).code).toBe(0);
  await within(closed, 'end of the mount');
  await tell('unmount');
});
