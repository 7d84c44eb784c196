import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { torrent } from '../../src/emulator/world.js';
import { needs } from '../support/clients.js';
import { MountedProgram, until } from '../support/mounted-program.js';
import { UserSystemd } from '../support/user-systemd.js';

const root = join(import.meta.dirname, '../..');
const film = (name: string): ReturnType<typeof torrent> =>
  torrent(name, [{ path: `${name}.mkv`, size: 5_000_000 }]);

/** Where the units find things, once installed. */
const installed = {
  program: '/usr/local/bin/debridfs',
  configuration: '/etc/debridfs/config.yaml',
  state: 'XDG_STATE_HOME=/var/lib',
  cache: 'XDG_CACHE_HOME=/var/cache',
} as const;

describe('under a real systemd', { timeout: 120_000 }, () => {
  let folder: string;
  let program: MountedProgram;
  let systemd: UserSystemd | null = null;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debridfs-systemd-'));
    program = await MountedProgram.create([
      { service: 'real-debrid', items: [{ torrent: film('A.Film.2020.1080p.WEB.x264-GRP') }] },
    ]);
  });
  afterEach(async () => {
    await systemd?.end();
    systemd = null;
    await program.end();
    await rm(folder, { recursive: true });
  });

  /** Installs a unit for a manager that is no system's: only the places differ. */
  async function install(name: string, manager: UserSystemd): Promise<void> {
    const debridfs = join(folder, 'debridfs');
    await writeFile(debridfs, `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/main.js" "$@"\n`);
    await chmod(debridfs, 0o755);
    await program.configure('');
    const text = await readFile(join(root, 'systemd', name), 'utf8');
    const unit = text
      .replaceAll(installed.program, debridfs)
      .replaceAll(installed.configuration, program.configFile)
      .replace(installed.state, `XDG_STATE_HOME=${folder}/state`)
      .replace(installed.cache, `XDG_CACHE_HOME=${folder}/cache`)
      .replace('[Service]', `[Service]\nEnvironment=DEBRIDFS_CONFIG=${program.configFile}`);
    await writeFile(join(manager.home, '.config/systemd/user/debridfs.service'), unit);
    await manager.systemctl('daemon-reload');
  }

  it.for(['debridfs.service', 'debridfs.user.service'])(
    '%s is started once the library can be read, comes back after a crash, and is gone when it is stopped',
    async (name, context) => {
      await needs(context, 'systemctl', 'systemd');
      systemd = await UserSystemd.start(folder);
      const manager = systemd;
      await install(name, manager);
      const unit = 'debridfs.service';
      const file = join(program.mountpoint, '.debridfs-mounted');
      const isReadable = async (): Promise<boolean> =>
        (await manager.inside('timeout', '5', 'cat', file)).code === 0;

      program.emulator.faults.add({ at: 'rd-api', action: { kind: 'status', code: 503 } });
      await manager.systemctl('start', '--no-block', unit);
      await until('the reason why it waits', async () =>
        (await manager.property(unit, 'StatusText')).startsWith('Nothing is mounted until one account'),
      );
      expect(await manager.property(unit, 'ActiveState')).toBe('activating');
      program.emulator.faults.clear();
      await manager.inside(
        process.execPath,
        join(root, 'dist/main.js'),
        '--config',
        program.configFile,
        'sync',
      );
      // What is ordered after the unit begins when this ends: by then the library is there.
      expect(await manager.systemctl('start', unit)).toMatchObject({ code: 0, stderr: '' });
      expect(await isReadable()).toBe(true);
      expect(await manager.property(unit, 'StatusText')).toContain(
        `mounted at ${program.mountpoint}; 1 account`,
      );

      const first = await manager.property(unit, 'MainPID');
      await manager.inside('kill', '-KILL', first);
      await until('it to be started again', async () => {
        const restarts = await manager.property(unit, 'NRestarts');
        return restarts === '1' && (await manager.property(unit, 'ActiveState')) === 'active';
      });
      expect(await isReadable()).toBe(true);

      expect(await manager.systemctl('reload', unit)).toMatchObject({ code: 0, stderr: '' });
      expect(await manager.systemctl('stop', unit)).toMatchObject({ code: 0, stderr: '' });
      expect(await manager.property(unit, 'Result')).toBe('success');
      expect(await isReadable()).toBe(false);
      expect((await manager.inside('findmnt', program.mountpoint)).code).toBe(1);
    },
  );

  it('a disk of the library that comes minutes after the boot leaves no unit that has failed', async (context) => {
    await needs(context, 'systemctl', 'systemd');
    systemd = await UserSystemd.start(folder);
    const manager = systemd;
    const unit = 'debridfs.service';
    await install(unit, manager);
    const hurry = join(manager.home, '.config/systemd/user/debridfs.service.d');
    await mkdir(hurry);
    await writeFile(join(hurry, 'hurry.conf'), '[Service]\nRestartSec=10ms\n');
    await manager.systemctl('daemon-reload');
    // Nothing can be made where a file lies, as on a disk that is not there.
    await writeFile(program.stateDir, '');
    await manager.systemctl('start', '--no-block', unit);
    await until(
      'the eleventh try',
      async () => Number(await manager.property(unit, 'NRestarts')) > 10,
      60_000,
    );
    await rm(program.stateDir);
    await until(
      'the library',
      async () => (await manager.property(unit, 'ActiveState')) === 'active',
      30_000,
    );
    expect(await manager.systemctl('stop', unit)).toMatchObject({ code: 0, stderr: '' });
  });
});
