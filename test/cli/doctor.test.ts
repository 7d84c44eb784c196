import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { propagationAt } from '../../src/cli/doctor/propagation.js';
import { thisMachine, type Machine } from '../../src/cli/doctor/machine.js';
import { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import { startControlServer } from '../../src/server/control-socket.js';
import type { AccountReport } from '../../src/server/surface.js';
import { fakeMediaServer } from '../notify/fake-media-server.js';
import { emptyStatus, FakeSurface } from '../server/fake-surface.js';
import { writeRunFile } from '../../src/server/run-file.js';
import { CliHarness, goodMachine } from './harness.js';

let cli: CliHarness;

beforeEach(() => {
  cli = new CliHarness();
  configure('token: the-token');
});

afterEach(() => cli.remove());

function configure(token: string): void {
  const yaml = `mountpoint: /mnt/media
stateDir: state
mount: { allowOther: true }
accounts: [{ name: rd, service: real-debrid, ${token} }]
`;
  writeFileSync(join(cli.dir, 'config.yaml'), yaml, { mode: 0o600 });
  cli.env['DEBRIDFS_CONFIG'] = join(cli.dir, 'config.yaml');
}

const root = '21 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n';

function withMounts(table: string): Machine {
  return { ...goodMachine, readText: (path) => Promise.resolve(path.startsWith('/proc') ? table : '') };
}

/** The line of one check. */
async function lineOf(name: string): Promise<string> {
  const { out } = await cli.run('doctor');
  return out.split('\n').find((line) => line.includes(`${name}: `)) ?? '';
}

describe('doctor', () => {
  it('says when the library cannot be read, and when there is none yet', async () => {
    cli.app.openTree = () => {
      throw new AppError('storage', 'Cannot open library.db: file is not a database.');
    };
    expect((await cli.run('doctor')).code).toBe(1);
    expect(await lineOf('library')).toMatch(/^fail {2}library: Cannot open library\.db/);
    cli.app.openTree = () => {
      throw new AppError('not-found', 'There is none.');
    };
    expect(await lineOf('library')).toBe('ok    library: comes with the first mount');
  });

  it('has one line for each check and ends with 0 where all is well', async () => {
    const { code, out, err } = await cli.run('doctor');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const names = [...out.matchAll(/^(?:ok|skip) {2,4}([^:]+): /gm)].map(([, name]) => name);
    expect(names).toEqual([
      'configuration',
      'state folder',
      'library',
      'overrides',
      'links',
      'room for the library',
      'cache folder',
      '/dev/fuse',
      'fusermount',
      'libfuse2',
      'allow_other',
      'mountpoint',
      'mount propagation',
      'status page',
      'account rd',
      'clock',
    ]);
    expect(out).not.toContain('the-token');
  });

  /** What is wrong with the machine, the check that finds it, and the remedy it names. */
  const troubles: readonly (readonly [string, Partial<Machine>, string, string])[] = [
    [
      'no /dev/fuse',
      {
        mayUse: (path) => Promise.resolve(path !== '/dev/fuse'),
        modeOf: (path) => Promise.resolve(path === '/dev/fuse' ? null : 0o700),
      },
      '/dev/fuse',
      'modprobe fuse',
    ],
    [
      'a /dev/fuse for root only',
      { mayUse: (path) => Promise.resolve(path !== '/dev/fuse') },
      '/dev/fuse',
      'chmod 666',
    ],
    [
      'no fusermount',
      { mayUse: (path) => Promise.resolve(!path.includes('fusermount')) },
      'fusermount',
      'apt-get install fuse3',
    ],
    [
      'a state folder of another user',
      { mayUse: (path) => Promise.resolve(!path.endsWith('/state')) },
      'state folder',
      'chown',
    ],
    [
      'a cache folder of another user',
      { mayUse: (path) => Promise.resolve(!path.endsWith('/.cache/debridfs')) },
      'cache folder',
      'chown',
    ],
    ['a full disk', { freeBytes: () => Promise.resolve(1000) }, 'room for the library', 'Free some space'],
    ['a wrong clock', { serverTime: () => Promise.resolve(0) }, 'clock', 'timedatectl'],
  ];

  it.each(troubles)('finds %s and names the remedy', async (_name, change, check, remedy) => {
    cli.machine = { ...goodMachine, ...change };
    expect((await cli.run('doctor')).code).toBe(1);
    const line = await lineOf(check);
    expect(line).toMatch(/^fail/);
    expect(line).toContain(remedy);
  });

  it('misses libfuse2 only where it is asked for', async () => {
    cli.machine = {
      ...goodMachine,
      modeOf: (path) => Promise.resolve(path.includes('libfuse') ? null : 0o700),
    };
    expect(await lineOf('libfuse2')).toMatch(/^skip.*not needed/);
    cli.env['DEBRIDFS_MOUNT_BINDING'] = 'fuse-native';
    expect(await lineOf('libfuse2')).toMatch(/^fail.*apt-get install libfuse2/);
  });

  it('finds that users may not use allow_other', async () => {
    cli.uid = 1000;
    cli.machine = withMounts(root);
    expect(await lineOf('allow_other')).toMatch(/^fail.*Add the line user_allow_other/);
  });

  /** Root is to be given up for user 1000. */
  function dropPrivileges(): void {
    cli.env = { ...cli.env, DEBRIDFS_MOUNT_DROPPRIVILEGES: 'true' };
    Object.assign(cli.env, { DEBRIDFS_MOUNT_UID: '1000', DEBRIDFS_MOUNT_GID: '1001' });
  }

  it('finds that the user whom it becomes cannot use the cache folder', async () => {
    dropPrivileges();
    cli.env['XDG_CACHE_HOME'] = '/home/someone/.cache';
    expect(await lineOf('cache folder')).toBe('ok    cache folder: /home/someone/.cache/debridfs');
    cli.machine = { ...goodMachine, ownerOf: () => Promise.resolve(0) };
    expect(await lineOf('cache folder')).toMatch(/^fail.*belongs to user 0.*chown -R 1000:1001 \/home/);
    const isOpen = (path: string): boolean => path === '/' || path === '/home';
    cli.machine = { ...goodMachine, userMay: (_user, _access, path) => Promise.resolve(isOpen(path)) };
    expect(await lineOf('cache folder')).toMatch(
      /^fail.*may not enter \/home\/someone → Set cache\.dir to a folder of that user/,
    );
  });

  it('finds that the state folder does not belong to the user whom it becomes', async () => {
    dropPrivileges();
    expect(await lineOf('state folder')).toMatch(/^ok/);
    cli.machine = { ...goodMachine, ownerOf: (path) => Promise.resolve(path.endsWith('/state') ? 0 : 1000) };
    expect(await lineOf('state folder')).toMatch(/^fail.*belongs to user 0.*chown -R 1000:1001 .*\/state$/);
    expect((await cli.run('doctor')).code).toBe(1);
    cli.machine = { ...goodMachine, userMay: (_user, _access, path) => Promise.resolve(path === '/') };
    expect(await lineOf('state folder')).toMatch(/^fail.*Set stateDir to a folder of that user/);
  });

  it('finds that the user whom it becomes could not unmount', async () => {
    dropPrivileges();
    expect(await lineOf('way to the mountpoint')).toMatch(/^ok/);
    cli.machine = { ...goodMachine, userMay: (_user, _access, path) => Promise.resolve(path === '/') };
    expect(await lineOf('way to the mountpoint')).toMatch(
      /^fail.*may not enter \/mnt .*Run `chmod o\+x \/mnt`/,
    );
  });

  it('tells a mount that works from one that does not, and from one of another state folder', async () => {
    const mounted = withMounts(`${root}30 21 0:50 / /mnt/media ro - fuse.debridfs debridfs ro\n`);
    for (const kind of ['disconnected', 'silent'] as const) {
      cli.machine = { ...mounted, lookAt: () => Promise.resolve({ kind }) };
      expect(await lineOf('mountpoint')).toMatch(/^fail.*debridfs unmount \/mnt\/media/);
    }
    cli.machine = mounted;
    expect(await lineOf('mountpoint')).toMatch(/^warn.*another state folder than .*\/state .*same stateDir/);
    mkdirSync(join(cli.dir, 'state'));
    writeRunFile(join(cli.dir, 'state'), { pid: process.pid, mountpoint: '/mnt/media', server: null });
    expect(await lineOf('mountpoint')).toMatch(/^ok/);
    cli.machine = withMounts(root);
    expect(await lineOf('mountpoint')).toMatch(/^warn.*debridfs status/);
    cli.machine = withMounts(`${root}30 21 0:50 / /mnt/media ro - nfs4 server:/ ro\n`);
    expect(await lineOf('mountpoint')).toMatch(/^fail.*nfs4/);
  });

  it('says of a mountpoint that is a file, or covers the library, that it cannot be', async () => {
    cli.machine = { ...goodMachine, lookAt: () => Promise.resolve({ kind: 'other' }) };
    expect(await lineOf('mountpoint')).toMatch(/^fail.*is no folder → Choose another/);
    cli.machine = goodMachine;
    cli.env['DEBRIDFS_MOUNTPOINT'] = cli.dir;
    expect(await lineOf('mountpoint')).toMatch(/^fail.*would cover .*state/);
  });

  it('says that another program has the address of the status page, except where that is the running mount', async () => {
    const { url, end } = await fakeMediaServer();
    const { port } = new URL(url);
    writeFileSync(
      join(cli.dir, 'config.yaml'),
      `stateDir: state\naccounts: [{ name: rd, service: torbox, token: t }]\nserver: { listen: "127.0.0.1:${port}" }\n`,
      { mode: 0o600 },
    );
    cli.machine = { ...goodMachine, listenTrouble: (listen) => thisMachine.listenTrouble(listen) };
    expect(await lineOf('status page')).toBe(
      `warn  status page: server.listen: http://127.0.0.1:${port} is in use by another program. Choose another in server.listen, port 0 for any free one, or "off". → A mount goes on without it, and tries every minute.`,
    );
    mkdirSync(cli.stateDir);
    writeRunFile(cli.stateDir, { pid: process.pid, mountpoint: '/mnt/media', server: url });
    expect(await lineOf('status page')).toBe(`ok    status page: ${url}`);
    writeRunFile(cli.stateDir, { pid: process.pid, mountpoint: '/mnt/media', server: null });
    await end();
    expect(await lineOf('status page')).toBe('ok    status page: its address is free');
    cli.env['DEBRIDFS_SERVER_LISTEN'] = 'off';
    expect(await lineOf('status page')).toMatch(/^ok .*server\.listen is off$/);
  });

  it('asks each account, and fails where its token is rejected, missing or its service hangs up', async () => {
    cli.app.accountState = () =>
      Promise.resolve({ condition: 'rejected', detail: 'Bad token.', premiumUntilMs: null, allowances: [] });
    expect(await lineOf('account rd')).toMatch(/^fail.*Bad token\. → .*token of account rd/);
    cli.app.accountState = () => Promise.reject(new Error('boom'));
    expect(await lineOf('account rd')).toMatch(/^fail.*boom → Check the network, apiUrl and proxy\.$/);
    cli.app.accountState = () => Promise.reject(new AppError('rate-limited', 'Too many calls.'));
    expect(await lineOf('account rd')).toMatch(/^warn.*is limited: Too many calls\. → Wait/);
    cli.app.accountState = () =>
      Promise.resolve({ condition: 'limited', detail: '', premiumUntilMs: null, allowances: [] });
    expect(await lineOf('account rd')).toMatch(/^warn/);
    cli.app.accountState = () =>
      Promise.resolve({
        condition: 'ok',
        detail: '',
        premiumUntilMs: Date.UTC(2020, 0, 1),
        allowances: [{ name: 'active torrents', unit: 'items', used: 3, left: 17, limit: 20 }],
      });
    expect(await lineOf('account rd')).toMatch(
      /^ok.*works, paid until 2020-01-01 \(over\), active torrents: 17 of 20 left$/,
    );
    configure('repair: false');
    expect(await lineOf('account rd')).toMatch(/^fail.*has no token/);
    expect((await cli.run('doctor')).out).toContain('debridfs login rd');
  });

  it('says what a running process found when it read, where the account says that all is well', async () => {
    const surface = new FakeSurface();
    const { stateDir } = cli;
    mkdirSync(stateDir);
    const control = await startControlServer(stateDir, {
      surface,
      scrub: (text) => text,
      logger: silentLogger,
    });
    try {
      const [account] = emptyStatus.accounts;
      if (account === undefined) throw new Error('There is none.');
      const found = (report: Partial<AccountReport>): void => {
        surface.report = { ...emptyStatus, accounts: [{ ...account, ...report }] };
      };
      found({ state: 'blocked', detail: 'Set `proxy`.' });
      expect(await lineOf('account rd')).toMatch(/^fail.*is blocked: Set `proxy`\./);
      // It was so a while ago, and the account has just answered.
      found({ state: 'unreachable', detail: 'Nobody answers.' });
      expect(await lineOf('account rd')).toMatch(/^ok .*works$/);
      found({ state: 'ok', unreadable: [{ code: 'link-aged', files: 3, sentence: 'Aged out.' }] });
      expect(await lineOf('account rd')).toMatch(/^ok .*works\. 3 files could not be read: Aged out\.$/);
    } finally {
      await control.stop();
    }
  });

  it('tells the warnings of the configuration', async () => {
    chmodSync(join(cli.dir, 'config.yaml'), 0o640);
    const { code, out } = await cli.run('doctor');
    expect(code).toBe(0);
    expect(out).toContain(`warn  configuration: Others can read ${cli.dir}/config.yaml`);
  });

  it('says in which file to list an account where there is none', async () => {
    const file = join(cli.dir, 'config.yaml');
    writeFileSync(file, 'mountpoint: /mnt/media\n', { mode: 0o600 });
    expect(await lineOf('configuration')).toContain(
      `→ List at least one account (name, service, token) in ${file}.`,
    );
    cli.env = { HOME: cli.dir };
    expect(await lineOf('configuration')).toContain('/.config/debridfs/config.yaml.');
  });

  it('goes on with what it can check where the configuration is wrong', async () => {
    configure('token: "${NOT_SET}"');
    const { code, out } = await cli.run('doctor');
    expect(code).toBe(1);
    expect(out).toMatch(/^fail {2}configuration: .*NOT_SET is not set/);
    expect(out).toContain('/dev/fuse');
  });
});

describe('mount propagation', () => {
  const table = `${root}30 21 8:2 / /mnt rw - ext4 /dev/sdb rw\n31 30 8:3 / /mnt/a\\040b rw master:3 shared:9 - ext4 /dev/sdc rw\n`;

  it.each([
    ['/', 'shared'],
    ['/srv/media', 'shared'],
    ['/mnt', 'private'],
    ['/mnt/other', 'private'],
    ['/mnt/a b/c', 'shared'],
    ['/mntx', 'shared'],
  ])('of %s is %s', (path, wanted) => expect(propagationAt(table, path)).toBe(wanted));

  it('is unknown without a table', () => expect(propagationAt('', '/mnt')).toBeNull());
});
