import { chmod, mkdir, mkdtemp, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { lookAtPath, resolveLinks } from '../../src/fuse/look-at-path.js';
import { prepareMountpoint, requireReach, unusable } from '../../src/fuse/mountpoint.js';
import { probeFuse } from '../../src/fuse/probe.js';
import { MountpointPreparation } from '../../src/fuse/mountpoint-preparation.js';
import { runLimited } from '../../src/fuse/run-limited.js';
import { unmountAt } from '../../src/fuse/unmount.js';
import { FakeClock } from '../support/fake-clock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'debridfs-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a mountpoint', () => {
  test('that is missing is created, with the folders above it', async () => {
    const path = join(folder, 'a/b $(x) "c"');
    expect(await prepareMountpoint(path, 'covers-no-mount', silentLogger)).toMatchObject({ path });
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  test('that is missing can be reached by a media server, although a service makes files for nobody else (UMask=0077)', async () => {
    const above = process.umask(0o077);
    try {
      await prepareMountpoint(join(folder, 'media/library'), 'covers-no-mount', silentLogger);
    } finally {
      process.umask(above);
    }
    for (const made of ['media', 'media/library']) {
      expect((await stat(join(folder, made))).mode & 0o777).toBe(0o755);
    }
  });

  test('on a disk or server that does not answer yet is tried again by a service manager, and no other', () => {
    const codes = ['EIO', 'ESTALE', 'EACCES', 'ENAMETOOLONG'].map(
      (errno) => unusable('/mnt', { kind: 'error', errno }).code,
    );
    expect(codes).toEqual(['storage', 'storage', 'config', 'config']);
    expect(unusable('/mnt', { kind: 'silent' }).code).toBe('storage');
    expect(unusable('/mnt', { kind: 'disconnected' }).code).toBe('config');
  });

  test('behind links is named as the kernel will list it', async () => {
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    await symlink('link', join(folder, 'link to link'));
    expect(
      await prepareMountpoint(join(folder, 'link to link'), 'covers-no-mount', silentLogger),
    ).toMatchObject({ path: join(folder, 'real') });
    expect(await resolveLinks(join(folder, 'link/missing/x'))).toBe(join(folder, 'real/missing/x'));
  });

  test('that was made ready at the start is not looked at again by a mount at once, and again by one that comes later', async () => {
    const clock = new FakeClock();
    const preparation = new MountpointPreparation('covers-no-mount', clock, silentLogger);
    const path = join(folder, 'mnt');
    await preparation.ready(path);
    await rmdir(path);
    expect(await preparation.ready(path)).toBe(path);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await preparation.ready(path);
    await rmdir(path);
    await clock.advance(60_000);
    expect(await preparation.ready(path)).toBe(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'on which something was mounted since the start is refused, however soon it is mounted on',
    async () => {
      const preparation = new MountpointPreparation('covers-no-mount', new FakeClock(), silentLogger);
      const path = join(folder, 'mnt');
      await preparation.ready(path);
      await runLimited('mount', ['-t', 'tmpfs', 'none', path], 5000);
      try {
        await expect(preparation.ready(path)).rejects.toMatchObject({
          code: 'config',
          message: expect.stringContaining('is a mount already') as string,
        });
      } finally {
        await runLimited('umount', [path], 5000);
      }
    },
  );

  test.each([
    ['file', /is not a folder/],
    ['file/below', /is not a folder/],
    ['x'.repeat(300), /cannot be reached \(ENAMETOOLONG\)/],
    [Array.from({ length: 8 }, () => 'x'.repeat(200)).join('/'), /is longer than 1000 bytes/],
  ])('called %s is refused with the remedy', async (name, message) => {
    await writeFile(join(folder, 'file'), 'x');
    await expect(
      prepareMountpoint(join(folder, name), 'covers-no-mount', silentLogger),
    ).rejects.toMatchObject({
      code: 'config',
      message: expect.stringMatching(message) as string,
    });
  });

  test('that is / by another name, or that nothing can hold, is refused', async () => {
    await symlink('/', join(folder, 'link'));
    for (const path of [join(folder, 'link'), '/proc/none/mnt']) {
      await expect(prepareMountpoint(path, 'covers-no-mount', silentLogger)).rejects.toMatchObject({
        code: 'config',
      });
    }
  });

  test.skipIf(process.getuid?.() !== 0)(
    'that a user who is to unmount cannot reach is refused, and the folder in the way is named',
    async () => {
      const user = { uid: 65_534, gid: 65_534 };
      const inner = join(folder, 'closed/open');
      await mkdir(inner, { recursive: true });
      await chmod(folder, 0o755);
      await requireReach(join(inner, 'mnt'), user);
      await chmod(join(folder, 'closed'), 0o700);
      await expect(requireReach(join(inner, 'mnt'), user)).rejects.toMatchObject({
        code: 'config',
        message: expect.stringContaining(`run \`chmod o+x ${join(folder, 'closed')}\``) as string,
      });
      await requireReach(join(folder, 'closed'), user);
    },
  );

  test('that is a mount of something else is refused', async () => {
    await expect(prepareMountpoint('/proc', 'covers-no-mount', silentLogger)).rejects.toMatchObject({
      code: 'config',
    });
    expect(await lookAtPath('/proc')).toEqual({ kind: 'directory', separate: true });
  });

  test('without a mount of ours has nothing to unmount', async () => {
    expect(await unmountAt(folder)).toBe(0);
    expect(await unmountAt('/proc')).toBe(0);
    expect(await unmountAt(join(folder, 'missing'))).toBe(0);
  });
});

describe('a command', () => {
  test('that hangs is given up', async () => {
    expect(await runLimited('sleep', ['600'], 50)).toEqual({ kind: 'late', stdout: '' });
  });

  test('that is not installed is missing, and one that fails says why', async () => {
    expect(await runLimited(join(folder, 'none'), [], 5000)).toEqual({ kind: 'missing' });
    const failed = await runLimited('sh', ['-c', 'echo out; echo why >&2; exit 3'], 5000);
    expect(failed).toEqual({ kind: 'exit', code: 3, stdout: 'out\n', stderr: 'why\n' });
  });

  test('that a machine without memory cannot start ends no mount', async () => {
    // As for ENOMEM, Node throws for E2BIG: an argument is 128 KiB at most.
    expect(await runLimited('stat', ['x'.repeat(200_000)], 5000)).toEqual({ kind: 'missing' });
  });

  test('that says very much does not fill the memory', async () => {
    const result = await runLimited('head', ['-c', '1000000', '/dev/zero'], 5000);
    expect(result).toMatchObject({ kind: 'exit', code: 0 });
    if (result.kind === 'exit') expect(result.stdout.length).toBeLessThan(10_000);
  });
});

describe('what mounting needs', () => {
  const checksOn = async (system: object, allowOther = true): Promise<Record<string, string | true>> => {
    const checks = await probeFuse(
      'fuse-native',
      { allowOther },
      {
        device: '/dev/null',
        fuseConf: join(folder, 'fuse.conf'),
        processStatus: join(folder, 'status'),
        searchPath: folder,
        uid: 1000,
        ...system,
      },
    );
    return Object.fromEntries(checks.map(({ what, ok, detail }) => [what, ok || detail]));
  };

  test('is told missing with the remedy', async () => {
    expect(await checksOn({ device: join(folder, 'fuse') })).toMatchObject({
      device: expect.stringContaining('modprobe fuse') as string,
      fusermount: expect.stringContaining('apt-get install fuse3') as string,
      'allow-other': expect.stringContaining('user_allow_other') as string,
    });
    await writeFile(join(folder, 'status'), 'CapInh:\t0000000000000000\nCapEff:\t00000000a80425fb\n');
    expect(await checksOn({ uid: 0 })).toMatchObject({
      permission: expect.stringContaining('--cap-add SYS_ADMIN') as string,
      fusermount: true,
    });
  });

  test('is told present', async () => {
    await writeFile(join(folder, 'fuse.conf'), '# user_allow_other is off\n user_allow_other\n');
    await writeFile(join(folder, 'status'), 'CapEff:\t000001ffffffffff\n');
    await writeFile(join(folder, 'fusermount'), '');
    await chmod(join(folder, 'fusermount'), 0o755);
    expect(await checksOn({})).toMatchObject({
      device: true,
      permission: true,
      fusermount: true,
      'allow-other': true,
    });
    expect(await checksOn({ uid: 0 })).toMatchObject({ permission: true });
    expect(await checksOn({}, false)).not.toHaveProperty('allow-other');
  });

  test('a commented line does not allow others', async () => {
    await writeFile(join(folder, 'fuse.conf'), '#user_allow_other\n');
    expect((await checksOn({}))['allow-other']).not.toBe(true);
  });
});
