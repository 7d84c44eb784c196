import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoStateDir, makeDemoFolder } from '../../src/cli/demo-folders.js';
import { startEmulator } from '../../src/cli/start-emulator.js';
import { silentLogger } from '../../src/core/logger.js';
import { AppError } from '../../src/core/errors.js';
import { parseFaultRule } from '../../src/emulator/fault-text.js';
import { startControlServer, type ControlServer } from '../../src/server/control-socket.js';
import { writeRunFile } from '../../src/server/run-file.js';
import { emptyStatus, FakeSurface } from '../server/fake-surface.js';
import { CliHarness, FakeMount } from './harness.js';

let cli: CliHarness;
let control: ControlServer | null = null;
let surface: FakeSurface;

beforeEach(() => {
  cli = new CliHarness();
  cli.env['DEBRIDFS_STATEDIR'] = cli.stateDir;
  surface = new FakeSurface();
});

afterEach(async () => {
  await control?.stop();
  control = null;
  cli.remove();
});

async function startProcess(): Promise<void> {
  control = await startControlServer(cli.stateDir, { surface, scrub: (text) => text, logger: silentLogger });
}

function configure(yaml: string): void {
  writeFileSync(join(cli.dir, 'config.yaml'), yaml, { mode: 0o600 });
  cli.env['DEBRIDFS_CONFIG'] = join(cli.dir, 'config.yaml');
}

const goodConfig =
  'mountpoint: /mnt/fake\naccounts: [{ name: rd, service: real-debrid, token: the-token }]\n';

describe('the command line', () => {
  it('prints its version and help, and ends with 0', async () => {
    expect(await cli.run('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
    const help = await cli.run('--help');
    expect(help.code).toBe(0);
    for (const name of [
      'mount',
      'demo',
      'emulate',
      'login',
      'sync',
      'status',
      'ls',
      'explain',
      'add',
      'search',
      'doctor',
      'unmount',
    ]) {
      expect(help.out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    }
    const mount = await cli.run('mount', '--help');
    for (const name of [
      '--allow-other',
      '--uid',
      '--gid',
      '--umask',
      '--attr-timeout',
      '--cache-dir',
      '--vfs-cache-max-size',
      '--bwlimit',
      '--log-level',
      '--config',
      '--state-dir',
    ]) {
      expect(mount.out).toContain(name);
    }
    expect(mount.out).not.toContain('no effect');
  });

  it.each([[[]], [['nonsense']], [['ls', '--nonsense']], [['explain']], [['ls', 'a', 'b']], [['--config']]])(
    'ends with 2 when used as %j',
    async (args) => {
      const { code, out, err } = await cli.run(...args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).not.toBe('');
      if (args.length > 0) expect(err).toMatch(/\nSee --help\.\n$/);
    },
  );

  it('ends with 2 on a wrong configuration, whichever command needs it', async () => {
    configure('cach: {}');
    for (const args of [['mount'], ['ls'], ['explain', '/'], ['retag']]) {
      const { code, err } = await cli.run(...args);
      expect(code).toBe(2);
      expect(err).toMatch(/cach at .*config\.yaml:1: Unknown key\. Did you mean cache\?/);
    }
  });

  it.each([['status'], ['status', '--json'], ['sync']])(
    '%s %s says in one line that nothing runs, and how to name another state folder',
    async (...args) => {
      const { code, out, err } = await cli.run(...args);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toBe(
        `debridfs: debridfs is not running (nothing answers on ${cli.stateDir}/control.sock). Where it has another state folder, name that (--state-dir), or its configuration (--config).\n`,
      );
    },
  );
});

describe('mount', () => {
  it('passes on the configuration, with the flags above it, and stops at the first signal', async () => {
    configure(goodConfig);
    const mount = new FakeMount();
    const started = new Promise<unknown>((resolve) => {
      cli.app.startMount = (config) => {
        resolve(config);
        return Promise.resolve(mount);
      };
    });
    const result = cli.run(
      'mount',
      'here',
      '--allow-other',
      '--umask',
      '077',
      '--vfs-cache-max-size',
      '1G',
      '--attr-timeout',
      '1s',
      '--bwlimit',
      '1M',
    );
    expect(await started).toMatchObject({
      mountpoint: join(cli.dir, 'here'),
      mount: { allowOther: true, umask: 0o077, attrTimeoutMs: 1000 },
      cache: { maxSizeBytes: 2 ** 30 },
      bwlimitBytesPerSecond: 2 ** 20,
    });
    cli.signal();
    cli.signal();
    expect((await result).code).toBe(0);
    expect(mount.stops).toBe(1);
  });

  it('that is given up while it starts leaves nothing behind', async () => {
    configure(goodConfig);
    const mount = new FakeMount();
    cli.app.startMount = (_config, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(mount));
        queueMicrotask(() => cli.signal());
      });
    expect((await cli.run('mount')).code).toBe(0);
    expect(mount.stops).toBe(1);
    cli.app.startMount = (_config, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new AppError('aborted', 'given up')));
        queueMicrotask(() => cli.signal());
      });
    expect((await cli.run('mount')).code).toBe(0);
  });

  it('that ends by itself ends the command with its code', async () => {
    configure(goodConfig);
    const mount = new FakeMount();
    cli.app.startMount = () => Promise.resolve(mount);
    mount.end(1);
    expect((await cli.run('mount')).code).toBe(1);
    expect(mount.stops).toBe(0);
  });

  it('that fails says why; a failure of the configuration ends with 2', async () => {
    configure(goodConfig);
    cli.app.startMount = () => Promise.reject(new AppError('storage', 'The disk is full.'));
    expect(await cli.run('mount')).toEqual({ code: 1, out: '', err: 'debridfs: The disk is full.\n' });
    cli.app.startMount = () => Promise.reject(new AppError('config', 'The mountpoint is no folder.'));
    expect((await cli.run('mount')).code).toBe(2);
  });

  it('with a keeper and fuse-native is refused, because a crash would end the mount all the same', async () => {
    configure(goodConfig);
    const { code, err } = await cli.run('mount', '--keeper', '--fuse-binding', 'fuse-native');
    expect(code).toBe(2);
    expect(err).toMatch(/--keeper cannot protect a mount through fuse-native: leave it out/);
  });

  it('with a keeper but without root says what to do, before anything is started', async () => {
    configure(goodConfig);
    cli.uid = 1000;
    expect(await cli.run('mount', '--keeper')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--keeper needs root: leave it out, or start it as root/) as string,
    });
  });

  it('without mountpoint or accounts says both, and where to put them', async () => {
    const { code, err } = await cli.run('mount');
    expect(code).toBe(2);
    expect(err).toContain('mountpoint: Missing.');
    expect(err).toContain('accounts: Missing.');
    expect(err).toContain(join(cli.dir, '.config/debridfs/config.yaml'));
  });

  it('logs no secret, whatever is logged', async () => {
    configure(goodConfig);
    const mount = new FakeMount();
    cli.app.startMount = (config, { logger, scrub }) => {
      logger.info({ account: config.accounts[0], url: 'https://h/the-token' }, 'with the-token in it');
      logger.error({ err: new Error('GET /x?token=unknown-key failed') }, scrub('failed'));
      mount.end(0);
      return Promise.resolve(mount);
    };
    const { err } = await cli.run('mount', '--log-format', 'json');
    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly msg: string });
    expect(lines.map(({ msg }) => msg)).toEqual(['with *** in it', 'failed', 'started']);
    expect(err).not.toMatch(/the-token|unknown-key/);
    const human = await cli.run('mount', '--log-format', 'human');
    expect(human.err).toMatch(/INFO.*with \*\*\* in it/);
    expect(human.err).not.toMatch(/the-token|unknown-key/);
  });
});

describe('demo and emulate', () => {
  it('the demo prints its tree and where it is, and unmounts at a signal', async () => {
    const mount = new FakeMount();
    const { tree } = cli.app.openTree('');
    let place = '';
    cli.app.startDemo = ({ mountpoint }) => {
      place = mountpoint;
      setImmediate(() => cli.signal());
      const told = {
        mountpoint,
        tree,
        configuration: '/tmp/d/config.yaml',
        offer: 'https://vault.example/x',
      };
      return Promise.resolve({ ...told, stopped: mount.stopped, stop: () => mount.stop() });
    };
    const { code, out } = await cli.run('demo');
    expect(place).toBe(join(cli.dir, 'demo-mount'));
    expect(out).toContain(`movies/\n  Ä b.mkv\nshows/\nready: ${place}\n`);
    expect(out).toContain(`\n  ls ${place}\n  ffprobe '${place}/movies/Ä b.mkv'\n`);
    expect(out).toContain('\n  debridfs --config /tmp/d/config.yaml add --buy https://vault.example/x\n');
    expect(out).toMatch(new RegExp(`\\n  debridfs unmount ${place}\\nunmounted: ${place}\\n$`));
    expect([code, mount.stops]).toEqual([0, 1]);
  });

  it('their help lists no flag that they ignore', async () => {
    for (const command of ['demo', 'emulate']) {
      const { out } = await cli.run(command, '--help');
      expect(out).toContain('--log-level');
      expect(out).not.toMatch(/--config|--state-dir/);
    }
  });

  it('the help of emulate lists places and actions, and an example that can be used', async () => {
    const { out } = await cli.run('emulate', '--help');
    for (const part of ['rd-cdn-a', 'stallAfter bytes=… [ms=…]', 'probability']) expect(out).toContain(part);
    const [, example = ''] = /--fault '([^']+)'/.exec(out) ?? [];
    expect(parseFaultRule(example)).toEqual({ at: 'rd-cdn', action: { kind: 'status', code: 404 } });
  });

  it('the configuration of the emulator keeps everything in a folder that goes with it', async () => {
    const running = await startEmulator({ faults: [], logins: false });
    const [, stateDir = ''] = /^stateDir: (.*)$/m.exec(running.configuration) ?? [];
    const folder = dirname(stateDir);
    expect(running.configuration).toContain(`mountpoint: ${folder}/mount\n`);
    expect(existsSync(folder)).toBe(true);
    mkdirSync(join(folder, 'mount'));
    await running.stop();
    expect(existsSync(folder)).toBe(false);
  });

  it('the demo does not read the configuration', async () => {
    configure('cach: {}');
    cli.app.startDemo = () => Promise.reject(new AppError('storage', 'reached'));
    expect(await cli.run('demo')).toMatchObject({ code: 1, err: 'debridfs: reached\n' });
  });

  it('the emulator prints a configuration that uses it', async () => {
    const mount = new FakeMount();
    let faults: readonly string[] = [];
    cli.app.startEmulator = (options) => {
      faults = options.faults;
      setImmediate(() => cli.signal());
      return Promise.resolve({
        configuration: 'accounts: []\n',
        stopped: mount.stopped,
        stop: () => mount.stop(),
      });
    };
    expect(await cli.run('emulate', '--fault', 'a', '--fault', 'b')).toMatchObject({
      code: 0,
      out: 'accounts: []\n',
    });
    expect(faults).toEqual(['a', 'b']);
  });
});

describe('status and sync', () => {
  it('status prints the report for programs, and for people', async () => {
    await startProcess();
    const json = await cli.run('status', '--json');
    expect(JSON.parse(json.out)).toEqual({ ...emptyStatus, server: null });
    writeRunFile(cli.stateDir, { pid: process.pid, mountpoint: '/mnt', server: 'http://127.0.0.1:1' });
    expect(JSON.parse((await cli.run('status', '--json')).out)).toHaveProperty(
      'server',
      'http://127.0.0.1:1',
    );
    const { code, out } = await cli.run('status');
    expect(code).toBe(0);
    expect(out).toContain('0 B of 1 B of memory, none on disk');
    for (const part of [
      '/mnt: waiting, It waits for rd.',
      'rd (real-debrid): rejected',
      'The token is not accepted.',
      '9 of 10 are missing.',
      '3 items',
      'received 5.0 GiB today and 3.0 TiB in 15 days',
      'not listed since the start',
      'server    http://127.0.0.1:1',
      '1 movie,',
    ]) {
      expect(out).toContain(part);
    }
  });

  it('sync tells what came of it for each account, and fails when one failed', async () => {
    await startProcess();
    const good = {
      account: 'rd',
      endedMs: 0,
      complete: true,
      added: 2,
      removed: 1,
      held: 0,
      accepted: false,
      failure: null,
    };
    const bad = {
      account: 'tb',
      endedMs: 0,
      complete: false,
      added: 0,
      removed: 0,
      held: 0,
      accepted: false,
      failure: 'The token is rejected.',
    };
    surface.onSync = () => Promise.resolve({ accounts: [good] });
    expect(await cli.run('sync')).toEqual({ code: 0, out: 'rd: 2 added, 1 removed\n', err: '' });
    surface.onSync = () => Promise.resolve({ accounts: [good, bad] });
    expect(await cli.run('sync')).toMatchObject({
      code: 1,
      out: 'rd: 2 added, 1 removed\ntb: The token is rejected.\n',
    });
    surface.onSync = () => Promise.resolve({ accounts: [{ ...good, held: 4 }] });
    expect((await cli.run('sync')).out).toBe(
      'rd: 2 added, 1 removed, 4 missing and kept: "debridfs sync --accept rd" lets them go\n',
    );
    surface.onSync = () => Promise.resolve({ accounts: [{ ...good, held: 4, accepted: true }] });
    expect((await cli.run('sync', '--accept')).out).toBe(
      'rd: 2 added, 1 removed, 4 missing and kept: two listings did not agree on them, so try again later\n',
    );
    await cli.run('sync', '--accept', 'my rd');
    expect(surface.accepts).toEqual([false, false, false, true, 'my rd']);
  });
});

describe('ls', () => {
  it('lists a folder by name, with / after folders', async () => {
    expect(await cli.run('ls')).toEqual({ code: 0, out: '.debridfs-mounted\nmovies/\nshows/\n', err: '' });
    expect((await cli.run('ls', '/shows')).out).toBe('');
  });

  it('takes paths as people type them', async () => {
    cli.env['DEBRIDFS_MOUNTPOINT'] = '/mnt/media';
    for (const path of [
      'movies',
      '/movies/',
      './shows/../movies',
      '/mnt/media/movies',
      'movies/A\u0308 b.mkv',
    ]) {
      expect((await cli.run('ls', path)).out).toBe('Ä b.mkv\n');
    }
  });

  it('-l shows size and date', async () => {
    expect((await cli.run('ls', '-l', 'movies')).out).toBe('          1536 1970-01-01 00:01 Ä b.mkv\n');
  });

  it('of what is not there, or before there is a library, is an error', async () => {
    expect(await cli.run('ls', 'x/y')).toEqual({
      code: 1,
      out: '',
      err: 'debridfs: There is no x/y in the tree.\n',
    });
    cli.app.openTree = () => {
      throw new AppError('not-found', 'There is no library yet.');
    };
    expect((await cli.run('ls')).code).toBe(1);
  });
});

describe('explain', () => {
  it('asks the running process', async () => {
    await startProcess();
    const { code, out } = await cli.run('explain', '/movies/Ä b.mkv');
    expect(code).toBe(0);
    for (const part of [
      'The year was told by the torrent.',
      'held by rd',
      'not ready: expired',
      '9223372036854775807',
    ]) {
      expect(out).toContain(part);
    }
    expect(await cli.run('explain', '/x')).toMatchObject({
      code: 1,
      err: 'debridfs: There is no /x in the tree.\n',
    });
  });

  it('without one tells what the store knows', async () => {
    const { code, out, err } = await cli.run('explain', 'movies/Ä b.mkv');
    expect(code).toBe(0);
    expect(out).toContain('held by rd (torrents X1), not ready: It expired.');
    expect(err).toContain('not running');
    expect((await cli.run('explain', 'nothing')).code).toBe(1);
  });

  it('tells what its names say, what became of it, and shows no character that drives a terminal', async () => {
    await startProcess();
    const { out } = await cli.run('explain', '/movies/Ä b.mkv');
    expect(out).toContain('also at /all/A/b.mkv');
    expect(out).toContain('placed (weak): Nothing in its name says episode.');
    expect(out).toContain('overridden: kind: movie');
    expect(out).toContain('file "b": the title "b" (medium), taken');
    expect(out).toContain('torrent "A": season 2 (medium), not taken: It is a film.');
  });
});

describe('retag', () => {
  it('says what is renamed, and with --dry-run what would be', async () => {
    await startProcess();
    const renamed = 'shows/A/B.mkv\n  -> shows/A {tvdb-1}/B.mkv\n';
    expect(await cli.run('retag')).toEqual({ code: 0, out: `${renamed}1 file renamed\n`, err: '' });
    expect(await cli.run('retag', '/shows/A & B/', '--dry-run')).toEqual({
      code: 0,
      out: `${renamed}1 file would be renamed\n`,
      err: '',
    });
    expect(surface.retags).toEqual([
      ['', false],
      ['shows/A & B', true],
    ]);
  });
});

describe('a slip in the configuration, made while the mount is running', () => {
  const slip = 'mountpoint: /mnt/fake\ncach: {}\n';
  const told =
    /^debridfs: It goes on\. The configuration has 1 problem: cach at .*:2: Unknown key\. [^\n]*\n$/;

  it('leaves healthcheck with 0, and warns', async () => {
    configure(slip);
    await startProcess();
    writeRunFile(cli.stateDir, { pid: process.pid, mountpoint: '/mnt/fake', server: null });
    cli.machine = { ...cli.machine, lookAt: () => Promise.resolve({ kind: 'other' }) };
    const { code, out, err } = await cli.run('healthcheck');
    expect({ code, out }).toEqual({ code: 0, out: '/mnt/fake answers\n' });
    expect(err).toMatch(told);
    cli.machine = { ...cli.machine, lookAt: () => Promise.resolve({ kind: 'absent' }) };
    expect(await cli.run('healthcheck')).toMatchObject({ code: 1 });
  });

  it('lets status and sync find the process, and warns', async () => {
    configure(slip);
    await startProcess();
    surface.onSync = () => Promise.resolve({ accounts: [] });
    for (const command of ['status', 'sync']) {
      const { code, err } = await cli.run(command);
      expect(code).toBe(0);
      expect(err).toMatch(told);
    }
  });

  it.each(['healthcheck', 'status', 'sync'])(
    '%s ends with 2 where it cannot know the state folder',
    async (name) => {
      await startProcess();
      configure('mountpoint: [\n');
      expect((await cli.run(name)).code).not.toBe(2);
      delete cli.env['DEBRIDFS_STATEDIR'];
      expect(await cli.run(name)).toMatchObject({ code: 2, out: '' });
    },
  );
});

describe('unmount', () => {
  it('ends the running process', async () => {
    await startProcess();
    // A number above every possible one, so that the process counts as gone at once.
    writeRunFile(cli.stateDir, { pid: 2 ** 30, mountpoint: '/mnt/fake', server: null });
    expect(await cli.run('unmount')).toEqual({ code: 0, out: 'unmounted: /mnt/fake\n', err: '' });
    expect(surface.stops).toBe(1);
  });

  it('ends a demo, whose state is elsewhere', async () => {
    const stateDir = demoStateDir(await makeDemoFolder(cli.dir));
    control = await startControlServer(stateDir, { surface, scrub: (text) => text, logger: silentLogger });
    writeRunFile(stateDir, { pid: 2 ** 30, mountpoint: '/mnt/demo', server: null });
    expect(await cli.run('unmount', '/mnt/demo')).toMatchObject({ code: 0, out: 'unmounted: /mnt/demo\n' });
    expect(surface.stops).toBe(1);
  });

  it('clears what a dead process left', async () => {
    mkdirSync(cli.stateDir);
    writeRunFile(cli.stateDir, { pid: 2 ** 30, mountpoint: '/mnt/dead', server: null });
    const asked: string[] = [];
    cli.app.unmountAt = (path) => {
      asked.push(path);
      return Promise.resolve(1);
    };
    expect(await cli.run('unmount')).toMatchObject({ code: 0, out: 'unmounted: /mnt/dead\n' });
    expect(await cli.run('unmount', 'other')).toMatchObject({ code: 0 });
    expect(asked).toEqual(['/mnt/dead', join(cli.dir, 'other')]);
  });

  it('of a mountpoint that is named works although the configuration is broken', async () => {
    configure('cach: {}');
    cli.app.unmountAt = () => Promise.resolve(1);
    const { code, out, err } = await cli.run('unmount', '/mnt/dead');
    expect({ code, out }).toEqual({ code: 0, out: 'unmounted: /mnt/dead\n' });
    expect(err).toMatch(/^debridfs: It goes on\. .*cach at .*\n$/);
    await startProcess();
    writeRunFile(cli.stateDir, { pid: 2 ** 30, mountpoint: '/mnt/fake', server: null });
    expect((await cli.run('unmount', '/mnt/fake')).code).toBe(0);
    expect(surface.stops).toBe(1);
  });

  describe.each(['unmount', 'unmount --if-mounted'])('%s, with a slip in the configuration', (command) => {
    const words = command.split(' ');
    const asked: string[] = [];
    beforeEach(() => {
      delete cli.env['DEBRIDFS_STATEDIR'];
      cli.env['XDG_STATE_HOME'] = cli.dir;
      asked.length = 0;
      cli.app.unmountAt = (path) => {
        asked.push(path);
        return Promise.resolve(1);
      };
    });
    const leave = (stateDir: string, pid: number, mountpoint: string): void => {
      mkdirSync(stateDir);
      writeRunFile(stateDir, { pid, mountpoint, server: null });
    };

    it.each([
      ['a key that there is not', 'cach: {}\n', /^debridfs: It goes on\. .*cach at .*cache\?\n$/],
      ['what is no YAML', 'mountpoint: [\n', /^debridfs: It goes on without the file\. .*\n$/],
      ['a state folder that is none', 'stateDir: []\n', /^debridfs: It goes on without the file\. .*\n$/],
      ['a variable that is not set', 'stateDir: ${NO}\n', /^debridfs: It goes on without the file\. .*\n$/],
    ])(
      'clears what a dead process left, by what that left in the usual folder (%s)',
      async (_, yaml, told) => {
        configure(yaml);
        leave(join(cli.dir, 'debridfs'), 2 ** 30, '/mnt/dead');
        const { code, out, err } = await cli.run(...words);
        expect({ code, out, asked }).toEqual({
          code: 0,
          out: 'unmounted: /mnt/dead\n',
          asked: ['/mnt/dead'],
        });
        expect(err).toMatch(told);
      },
    );

    it('clears what a dead process left, by the places that the file tells', async () => {
      configure('cach: {}\nstateDir: own\nmountpoint: mnt\nserver: { listen: nonsense }\n');
      const { code, err } = await cli.run(...words);
      expect({ code, asked }).toEqual({ code: 0, asked: [join(cli.dir, 'mnt')] });
      expect(err).toMatch(/^debridfs: It goes on\. .*2 problems: .*listen at .*cach at .*\n$/);
      leave(join(cli.dir, 'own'), 2 ** 30, '/mnt/own');
      expect((await cli.run(...words)).out).toBe('unmounted: /mnt/own\n');
    });

    it.each([['[\n'], ['statedir: /var/lib/second\n']])(
      'leaves a running process alone that may be that of another configuration (%j)',
      async (yaml) => {
        configure(yaml);
        leave(join(cli.dir, 'debridfs'), process.pid, '/mnt/first');
        const { code, err } = await cli.run(...words);
        expect({ code, asked }).toEqual({ code: 2, asked: [] });
        expect(err).toContain('Say so: debridfs unmount /mnt/first\n');
      },
    );

    it('still refuses a flag that is wrong', async () => {
      expect(await cli.run('--log-level', 'loud', ...words)).toMatchObject({ code: 2 });
      expect(asked).toEqual([]);
    });
  });

  it('leaves a process alone that serves another mountpoint', async () => {
    await startProcess();
    writeRunFile(cli.stateDir, { pid: process.pid, mountpoint: '/mnt/fake', server: null });
    expect(await cli.run('unmount', '/mnt/other')).toMatchObject({ code: 1 });
    expect(surface.stops).toBe(0);
  });

  it('after the service has ended says nothing and ends with 0 where nothing is mounted', async () => {
    configure(goodConfig);
    const unit = readFileSync(join(import.meta.dirname, '../../systemd/debridfs.service'), 'utf8');
    const [, command = ''] = /^ExecStopPost=-\S+ --config \S+ (.*)$/m.exec(unit) ?? [];
    expect(await cli.run(...command.split(' '))).toEqual({ code: 0, out: '', err: '' });
    cli.app.unmountAt = () => Promise.resolve(1);
    expect(await cli.run(...command.split(' '))).toMatchObject({ code: 0, out: 'unmounted: /mnt/fake\n' });
  });

  it('says when there is nothing to unmount, or that it must be told what', async () => {
    expect(await cli.run('unmount', '/mnt/x')).toMatchObject({
      code: 1,
      err: 'debridfs: debridfs is not mounted on /mnt/x.\n',
    });
    expect((await cli.run('unmount')).code).toBe(2);
  });
});
