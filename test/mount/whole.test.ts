import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import { singleFile, torrent, type World, type WorldItem } from '../../src/emulator/world.js';
import { debridfs, DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, run } from '../support/mount-harness.js';
import { until } from '../support/mounted-program.js';

const hugeBytes = 60_000_000_000;

/** Items with names of their own and generated content. */
function films(prefix: string, count: number, perTorrent: number): WorldItem[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${prefix}.${index}.2001.1080p.BluRay.x264-GRP`;
    if (perTorrent === 1) return { torrent: singleFile(`${name}.mkv`, 1_000_000 + index) };
    const files = Array.from({ length: perTorrent }, (_, part) => ({
      path: `${name}/${prefix}.S01E${String(part + 1).padStart(2, '0')}.mkv`,
      size: 1_000_000 + part,
    }));
    return { torrent: torrent(name, files) };
  });
}

describe('the program on all three services', { timeout: 120_000 }, () => {
  let folder: string;
  let emulator: Emulator;
  let mountpoint: string;
  const processes: DebridfsProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debridfs-whole-'));
    mountpoint = join(folder, 'mnt');
  });
  afterEach(async () => {
    if (await isMounted(mountpoint)) await run('fusermount3', '-uz', mountpoint);
    await Promise.all(processes.splice(0).map((running) => running.end('SIGKILL')));
    await emulator.stop();
    await rm(folder, { recursive: true });
  });

  /** The example of the README with three accounts and other addresses. */
  const configure = async (interval = '2s'): Promise<string[]> => {
    const { realDebrid, allDebrid, torBox } = emulator.urls;
    const file = join(folder, 'config.yaml');
    await writeFile(
      file,
      `mountpoint: ${mountpoint}
stateDir: ${folder}/state
accounts:
  - { name: rd, service: real-debrid, token: rd-token, apiUrl: ${realDebrid} }
  - { name: ad, service: alldebrid, token: ad-token, apiUrl: ${allDebrid} }
  - { name: tb, service: torbox, token: tb-token, apiUrl: ${torBox} }
cache: { memory: 64MiB, dir: ${folder}/cache }
sync: { interval: ${interval} }
server: { listen: 127.0.0.1:0 }
log: { level: info, format: json }
`,
    );
    return ['--config', file];
  };
  const world = (rd: WorldItem[], ad: WorldItem[], tb: WorldItem[]): World => ({
    accounts: [
      { service: 'real-debrid', token: 'rd-token', items: rd },
      { service: 'alldebrid', token: 'ad-token', items: ad },
      { service: 'torbox', token: 'tb-token', items: tb },
    ],
  });
  const start = (args: readonly string[], ...more: string[]): DebridfsProcess => {
    const running = new DebridfsProcess([...args, ...more]);
    processes.push(running);
    return running;
  };
  const find = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await run('find', mountpoint, ...args);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  };

  it('shows a library of 2,000 torrents, reads any range of it right, asks for one link per file, and is the same after a kill', async () => {
    const huge = singleFile('Long.Film.2019.2160p.UHD.BluRay.x265-GRP.mkv', hugeBytes);
    emulator = await startEmulator({
      realtime: true,
      world: world(
        [{ torrent: huge }, ...films('Real', 1_400, 1), ...films('RealShow', 10, 5)],
        [...films('All', 300, 2)],
        [...films('Tor', 290, 2)],
      ),
    });
    const config = await configure();
    let running = start(config, 'mount');
    await running.line('"msg":"mounted"');
    const expected = 1 + 1_400 + 10 * 5 + 300 * 2 + 290 * 2;
    await until(
      'whole library',
      async () => (await find('-path', `${mountpoint}/all/*`, '-type', 'f')).length === expected,
    );
    expect(await find('-path', `${mountpoint}/accounts/*`, '-type', 'f')).toHaveLength(expected);

    const name = 'Long.Film.2019.2160p.UHD.BluRay.x265-GRP';
    const paths = [
      join(mountpoint, 'movies/Long Film (2019)/Long Film (2019) - [2160p BluRay x265-GRP].mkv'),
      join(mountpoint, `all/${name}/${name}.mkv`),
      join(mountpoint, `accounts/rd/${name}/${name}.mkv`),
    ];
    const length = 300_000;
    const starts = [0, 2 ** 32 - 150_000, 2 ** 32, 12_345_678_901, hugeBytes - length];
    for (const [index, from] of starts.entries()) {
      const path = paths[index % paths.length] ?? '';
      const script =
        'import sys,hashlib\nf=open(sys.argv[1],"rb",0);f.seek(int(sys.argv[2]))\nb=b""\nn=int(sys.argv[3])\nwhile len(b)<n:\n c=f.read(n-len(b))\n if not c: break\n b+=c\nprint(hashlib.sha256(b).hexdigest())';
      const { stdout, stderr } = await run('python3', '-c', script, path, String(from), String(length));
      expect(stderr).toBe('');
      const bytes = contentBytes(huge.hash, huge.files[0]?.path ?? '', from, from + length);
      expect(stdout.trim(), `at ${from}`).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
    expect(emulator.log.count({ path: /unrestrict\/link/ })).toBe(1);
    expect(emulator.log.destructive()).toEqual([]);

    const before = await find('-printf', '%P %i %s %T@\n');
    await running.end('SIGKILL');
    running = start(config, 'mount');
    await running.line('"msg":"mounted"');
    expect(await find('-printf', '%P %i %s %T@\n')).toEqual(before);
    expect(await running.end('SIGTERM')).toBe(0);
    expect(await isMounted(mountpoint)).toBe(false);
  });

  it('mounts nothing at the very first start until an account has answered, and the last tree at every later one', async () => {
    emulator = await startEmulator({ realtime: true, world: world(films('Real', 3, 1), [], []) });
    for (const host of ['rd-api', 'ad-api', 'tb-api'] as const)
      emulator.faults.add({ at: host, action: { kind: 'status', code: 503 } });
    const config = await configure();
    let running = start(config, 'mount');
    await running.line('Nothing is mounted until');
    const { server } = JSON.parse(await readFile(join(folder, 'state/run.json'), 'utf8')) as {
      server: string;
    };
    const ready = await fetch(`${server}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('Nothing is mounted until');
    expect(await isMounted(mountpoint)).toBe(false);

    emulator.faults.clear();
    await running.line('"msg":"mounted"');
    await until('readiness', async () => (await fetch(`${server}/readyz`)).status === 200);
    expect(await find('-path', `${mountpoint}/movies/*`, '-type', 'f')).toHaveLength(3);
    expect(await running.end('SIGINT')).toBe(0);

    for (const host of ['rd-api', 'ad-api', 'tb-api'] as const)
      emulator.faults.add({ at: host, action: { kind: 'refuse' } });
    running = start(config, 'mount');
    await running.line('"msg":"mounted"');
    expect(await find('-path', `${mountpoint}/movies/*`, '-type', 'f')).toHaveLength(3);
    expect(await find('-name', '.debridfs-mounted')).toHaveLength(1);
    await until('the state of the account', async () =>
      (await debridfs([...config, 'status'])).output.includes('unreachable'),
    );
    expect(await find('-path', `${mountpoint}/movies/*`, '-type', 'f')).toHaveLength(3);
  });

  it('names the account whose token is refused, and goes on with the others', async () => {
    emulator = await startEmulator({
      realtime: true,
      world: { accounts: [{ service: 'alldebrid', token: 'ad-token', items: films('All', 2, 1) }] },
    });
    const config = await configure();
    const running = start(config, 'mount');
    await running.line('"msg":"mounted"');
    await until(
      'the film',
      async () => (await find('-path', `${mountpoint}/movies/*`, '-type', 'f')).length === 2,
    );
    const { output } = await debridfs([...config, 'status', '--json']);
    const { accounts } = JSON.parse(output) as {
      accounts: { name: string; state: string; detail: string }[];
    };
    expect(accounts.map(({ name, state }) => [name, state])).toEqual([
      ['rd', 'rejected'],
      ['ad', 'ok'],
      ['tb', 'rejected'],
    ]);
    expect(accounts[0]?.detail).toContain('rd');
    expect(output + running.output).not.toContain('-token');
  });

  it('shows an addition within an interval, a removal after a second listing, and keeps what is still held', async () => {
    emulator = await startEmulator({
      realtime: true,
      world: world(films('Real', 6, 1), films('All', 6, 2), films('Tor', 6, 2)),
    });
    const config = await configure('10m');
    const running = start(config, 'mount');
    await running.line('"msg":"mounted"');
    const count = async (): Promise<number> =>
      (await find('-path', `${mountpoint}/all/*`, '-type', 'f')).length;
    await until('all films', async () => (await count()) === 30);

    const [added] = films('Added', 1, 2);
    if (added === undefined) throw new Error('nothing to add');
    const id = emulator.world.addItem('ad-token', added);
    await debridfs([...config, 'sync']);
    await until('the addition', async () => (await count()) === 32);

    emulator.world.removeItem('ad-token', id);
    await debridfs([...config, 'sync']);
    expect(await count()).toBe(32);
    await debridfs([...config, 'sync']);
    await until('the removal', async () => (await count()) === 30);
    expect(await readdir(join(folder, 'state'))).toContain('library.db');
  });

  it('goes on reading at the same byte when the link expires and when the host breaks off, and counts what came', async () => {
    const film = singleFile('Film.2001.1080p.BluRay.x264-GRP.mkv', 40_000_000);
    emulator = await startEmulator({ realtime: true, world: world([{ torrent: film }], [], []) });
    const config = await configure();
    const running = start(config, 'mount');
    await running.line('"msg":"mounted"');
    const path = join(mountpoint, 'movies/Film (2001)/Film (2001) - [1080p BluRay x264-GRP].mkv');
    const whole = createHash('sha256')
      .update(contentBytes(film.hash, film.files[0]?.path ?? '', 0, 40_000_000))
      .digest('hex');
    emulator.faults.add({ at: 'rd-cdn', times: 6, action: { kind: 'resetAfter', bytes: 5_000_000 } });
    const broken = await run('sha256sum', path);
    expect(broken.stdout.split(' ')[0], broken.stderr + running.output).toBe(whole);
    expect(emulator.log.count({ path: /unrestrict\/link/ })).toBeLessThanOrEqual(2);

    await debridfs([...config, 'unmount']);
    const asked = emulator.log.count({ path: /unrestrict\/link/ });
    // What is kept on disk would be read without any link.
    await rm(join(folder, 'cache'), { recursive: true });
    const again = start(config, 'mount');
    await again.line('"msg":"mounted"');
    const { accounts } = JSON.parse((await debridfs([...config, 'status', '--json'])).output) as {
      accounts: { received: { fifteenDaysBytes: number } }[];
    };
    const received = accounts.map((account) => account.received.fifteenDaysBytes);
    expect(received).toEqual([expect.any(Number), 0, 0]);
    expect(received[0]).toBeGreaterThanOrEqual(40_000_000);
    emulator.world.expireDownloads();
    const expired = await run('sha256sum', path);
    expect(expired.stdout.split(' ')[0]).toBe(whole);
    expect(emulator.log.count({ path: /unrestrict\/link/ })).toBe(asked + 1);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('leaves no mount behind, at whatever moment of the first mount it is asked to end', async () => {
    emulator = await startEmulator({ realtime: true, world: world(films('Real', 3, 1), [], []) });
    const config = await configure('10m');
    const kernelMount = async (): Promise<void> => {
      while (!(await isMounted(mountpoint))) await new Promise(setImmediate);
    };
    const later = (ms: number) => (): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    // The kernel has the mount some milliseconds before the process knows of it.
    const moments = [0, 200, 250, 300, 350]
      .map(later)
      .concat(Array<() => Promise<void>>(6).fill(kernelMount));
    for (const [index, moment] of moments.entries()) {
      const running = start(config, 'mount');
      await running.line('library changed');
      await moment();
      expect(await running.end('SIGTERM'), running.output).toBe(0);
      expect(await isMounted(mountpoint), `moment ${index}:\n${running.output}`).toBe(false);
      await rm(join(folder, 'state'), { recursive: true });
    }
  });

  it('says by its exit code that its output was lost', async () => {
    emulator = await startEmulator({ world: world([], [], []) });
    expect((await run('sh', '-c', 'node dist/main.js --help > /dev/full')).code).toBe(1);
    expect((await run('sh', '-c', 'node dist/main.js --help | head -c 1')).stdout).toBe('U');
  });

  it('refuses a second process on the same state, and a wrong configuration with exit code 2', async () => {
    emulator = await startEmulator({ realtime: true, world: world(films('Real', 1, 1), [], []) });
    const config = await configure();
    await start(config, 'mount').line('"msg":"mounted"');
    const second = await debridfs([...config, 'mount', join(folder, 'other')]);
    expect(second).toMatchObject({
      code: 1,
      output: expect.stringMatching(/Another debridfs \(process \d+\) runs/) as string,
    });
    await writeFile(join(folder, 'wrong.yaml'), `mountpont: /x\naccounts: []\n`);
    const wrong = await debridfs(['--config', join(folder, 'wrong.yaml'), 'mount']);
    expect(wrong.code).toBe(2);
    expect(wrong.output).toContain('mountpont');
    expect(wrong.output).toContain('mountpoint');
    expect(wrong.output).toContain('wrong.yaml:1');
  });
});
