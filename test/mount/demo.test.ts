import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, run, within } from '../support/mount-harness.js';

const media = fileURLToPath(new URL('../../src/emulator/media/', import.meta.url));

/** Skips a test, saying why, where a client is not installed. */
async function needs(context: TestContext, client: string, debianPackage: string): Promise<void> {
  const { code } = await run('sh', '-c', `PATH="$PATH:/usr/sbin" command -v ${client}`);
  if (code !== 0) context.skip(`${client} is not installed (Debian: ${debianPackage})`);
}

describe('npm run demo', { timeout: 120_000 }, () => {
  let folder: string;
  let mountpoint: string;
  let demo: DebridfsProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debridfs-demo-test-'));
    mountpoint = join(folder, 'mnt');
    demo = new DebridfsProcess([mountpoint], {}, ['npm', 'run', '--silent', 'demo', '--']);
    await demo.line(`ready: ${mountpoint}`);
  });
  afterAll(async () => {
    await demo.end('SIGTERM').catch(() => demo.end('SIGKILL'));
    if (await isMounted(mountpoint)) await run('fusermount3', '-uz', mountpoint);
    await rm(folder, { recursive: true });
  });

  const videos = async (below: string): Promise<string[]> => {
    const { stdout } = await run('find', join(mountpoint, below), '-regex', '.*\\.\\(mkv\\|mp4\\|ts\\)');
    return stdout.trim().split('\n').sort();
  };

  it('prints the tree before it says that it is ready', () => {
    expect(demo.output).toContain('Sintel (2010)');
    expect(demo.output.indexOf('Sintel (2010)')).toBeLessThan(demo.output.indexOf('ready: '));
  });

  it('gives every byte of every sample', async () => {
    const known = new Set<string>();
    for (const name of await readdir(media)) {
      known.add(
        createHash('sha256')
          .update(await readFile(join(media, name)))
          .digest('hex'),
      );
    }
    const files = ['-type', 'f', '!', '-name', '.*', '!', '-name', '*.rar'];
    const { stdout } = await run('find', mountpoint, ...files, '-exec', 'sha256sum', '{}', '+');
    const sums = stdout.trim().split('\n');
    expect(sums.length).toBeGreaterThan(40);
    for (const line of sums) expect(known.has(line.slice(0, 64)), line).toBe(true);
  });

  it('is read by ffprobe, each video with its length', async (context) => {
    await needs(context, 'ffprobe', 'ffmpeg');
    for (const video of await videos('')) {
      const probe = await run(
        'ffprobe',
        '-v',
        'error',
        '-show_entries',
        'format=duration',
        '-of',
        'csv=p=0',
        video,
      );
      expect(probe.stderr).toBe('');
      expect(Number(probe.stdout), video).toBeGreaterThan(1);
    }
  });

  it('is read by mediainfo', async (context) => {
    await needs(context, 'mediainfo', 'mediainfo');
    for (const video of await videos('movies')) {
      const { stdout } = await run('mediainfo', '--Inform=Video;%Duration%', video);
      expect(Number(stdout.trim()), video).toBeGreaterThan(1000);
    }
  });

  it('is scanned by minidlna, which lists every movie and episode with its length', async (context) => {
    await needs(context, 'minidlnad', 'minidlna');
    await needs(context, 'sqlite3', 'sqlite3');
    const database = join(folder, 'dlna');
    await mkdir(database);
    const config = join(folder, 'minidlna.conf');
    const folders = ['movies', 'shows'].map((view) => `media_dir=V,${join(mountpoint, view)}`);
    await writeFile(
      config,
      [
        ...folders,
        'port=18271',
        `db_dir=${database}`,
        `log_dir=${database}`,
        'inotify=no',
        'network_interface=lo',
      ].join('\n'),
    );
    const server = spawn('minidlnad', ['-f', config, '-P', join(database, 'pid'), '-S', '-R'], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
    });
    try {
      const finished = async (): Promise<void> => {
        const log = join(database, 'minidlna.log');
        while (!(await readFile(log, 'utf8').catch(() => '')).includes('Finished parsing')) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      };
      await within(finished(), 'end of the scan');
      const query = 'select PATH, DURATION from DETAILS where DURATION is not null';
      const { stdout } = await run('sqlite3', '-separator', '\t', join(database, 'files.db'), query);
      const listed = new Map(
        stdout
          .trim()
          .split('\n')
          .map((line): [string, string] => [line.split('\t')[0] ?? '', line.split('\t')[1] ?? '']),
      );
      for (const video of [...(await videos('movies')), ...(await videos('shows'))]) {
        expect(listed.get(video), basename(video)).toMatch(/^0:00:(0[1-9]|10)/);
      }
    } finally {
      server.kill('SIGKILL');
    }
  });

  it('unmounts and ends with 0 on SIGINT', async () => {
    expect(await demo.end('SIGINT')).toBe(0);
    expect(await isMounted(mountpoint)).toBe(false);
  });
});
