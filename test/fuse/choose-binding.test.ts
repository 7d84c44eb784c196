import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import type { FuseBinding } from '../../src/fuse/binding.js';
import { chooseBinding, type BindingSettings } from '../../src/fuse/choose-binding.js';
import { defaultDeadlines } from '../../src/fuse/deadlines.js';
import type { ProbedSystem } from '../../src/fuse/probe.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'debridfs-'));
  for (const name of ['fusermount', 'fusermount3']) {
    await writeFile(join(folder, name), '');
    await chmod(join(folder, name), 0o755);
  }
});
afterEach(() => rm(folder, { recursive: true }));

/** What is chosen for a user on a machine that has all that mounting needs, but for the changes. */
function chosenFor(
  settings: Partial<BindingSettings> = {},
  system: Partial<ProbedSystem> = {},
): Promise<FuseBinding> {
  return chooseBinding(
    { binding: 'auto', allowOther: false, dropTo: null, ...settings },
    {
      logger: silentLogger,
      deadlines: defaultDeadlines,
      kept: null,
      system: {
        device: '/dev/null',
        fuseConf: join(folder, 'fuse.conf'),
        processStatus: '/proc/self/status',
        searchPath: folder,
        uid: 1000,
        ...system,
      },
    },
  );
}

describe('a mount by a user', () => {
  test('goes through the kernel protocol where all is there', async () => {
    expect((await chosenFor()).name).toBe('kernel');
  });

  test.each(['auto', 'kernel'] as const)(
    'is refused at once where the device cannot be opened (%s), because fuse-native could not either',
    async (binding) => {
      const device = join(folder, 'fuse');
      await mkdir(device);
      await expect(chosenFor({ binding }, { device })).rejects.toMatchObject({
        code: 'config',
        message: expect.stringContaining(`chmod 0666 ${device}`) as string,
      });
    },
  );

  test('with --allow-other is refused at once where /etc/fuse.conf does not allow it, with the line to add', async () => {
    const conf = join(folder, 'fuse.conf');
    await writeFile(conf, '# user_allow_other\n');
    await expect(chosenFor({ allowOther: true })).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining(`add the line \`user_allow_other\` to ${conf}`) as string,
    });
    await writeFile(conf, 'user_allow_other # for the media server\n');
    expect((await chosenFor({ allowOther: true })).name).toBe('kernel');
  });
});
