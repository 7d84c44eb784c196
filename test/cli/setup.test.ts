import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { CliHarness, FakeMount } from './harness.js';

let cli: CliHarness;
let file: string;
const asked: string[] = [];

beforeEach(() => {
  cli = new CliHarness();
  cli.uid = 1000;
  file = join(cli.dir, '.config/debridfs/config.yaml');
  asked.length = 0;
});
afterEach(() => cli.remove());

/** Types these answers, one after the other, then Ctrl-C. */
function typing(...answers: readonly string[]): void {
  const left = [...answers];
  cli.ask = (question) => {
    asked.push(question);
    return Promise.resolve(left.shift() ?? null);
  };
}

const written = (): ReturnType<typeof loadConfig> =>
  loadConfig({ flags: [], env: {}, cwd: cli.dir, home: cli.dir, uid: 1000, gid: 1000, file, need: 'login' });

it('what is answered is a configuration that every command understands, for its owner alone', async () => {
  const key = new PassThrough();
  key.end('jf-key\n');
  cli.stdin = key;
  typing('1, 4', 'nonsense', 'https://portal.example', '~/films', 'jellyfin', '', 'y', 'n', 'n');
  const { code, out } = await cli.run('setup');
  expect(code).toBe(0);
  expect(out).toContain(`written to ${file}\n`);
  expect(asked.some((question) => question.startsWith('"nonsense" is not understood.'))).toBe(true);
  const config = written();
  expect(config.accounts.map(({ name, service, apiUrl }) => [name, service, apiUrl])).toEqual([
    ['rd', 'real-debrid', 'https://api.real-debrid.com'],
    ['portal', 'storage-portal', 'https://portal.example'],
  ]);
  expect(config.mountpoint).toBe(join(cli.dir, 'films'));
  expect(config.mount.allowOther).toBe(true);
  expect(config.notify.map(({ kind, url, token }) => [kind, url?.reveal(), token?.reveal()])).toEqual([
    ['jellyfin', 'http://localhost:8096/', 'jf-key'],
  ]);
  expect(config.warnings).toEqual([]);
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(out).not.toContain('jf-key');
  expect(readFileSync(file, 'utf8')).toContain('# Where the tree appears');
});

it('what is typed names no variable, and what a mount would refuse is asked for again', async () => {
  const key = new PassThrough();
  key.end('a${BAR}b\n');
  cli.stdin = key;
  writeFileSync(join(cli.dir, 'a-file'), '');
  const places = ['/', join(cli.dir, 'a-file'), cli.dir, '~/films'];
  typing(
    '1,4',
    'https://user:pw@portal.example',
    'https://portal.example',
    ...places,
    'plex',
    'http://${FOO}/',
    'n',
    'n',
    'n',
  );
  const { code } = await cli.run('setup');
  expect(code).toBe(0);
  expect(
    asked
      .filter((question) => question.includes('Where is the tree'))
      .map((question) => question.split(' Where')[0]),
  ).toEqual([
    expect.stringContaining('Where is the tree'),
    expect.stringMatching(/^A mount at \/ would cover/),
    `${join(cli.dir, 'a-file')} is no folder.`,
    expect.stringMatching(/would cover .*config\.yaml\.$/),
  ]);
  const config = written();
  expect(config.mountpoint).toBe(join(cli.dir, 'films'));
  expect(config.notify.map(({ token }) => token?.reveal())).toEqual(['a${BAR}b']);
});

it('no key for the media server is no given-up login: nothing was written', async () => {
  const key = new PassThrough();
  key.end('');
  cli.stdin = key;
  typing('2', '~/films', 'plex', '');
  const { code, err } = await cli.run('setup');
  expect(code).toBe(1);
  expect(err).toContain('It was given up, and nothing was written.');
  expect(() => statSync(file)).toThrow();
});

it('a configuration that is there is replaced only when that is wanted', async () => {
  mkdirSync(join(cli.dir, '.config/debridfs'), { recursive: true });
  writeFileSync(file, 'mine');
  typing('');
  expect((await cli.run('setup')).code).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  typing('y', '3', '', '', 'n');
  expect((await cli.run('setup')).code).toBe(0);
  expect(written().accounts.map(({ name }) => name)).toEqual(['tb']);
});

it('a configuration that everybody could read is replaced by one that they cannot: a token is in it', async () => {
  mkdirSync(join(cli.dir, '.config/debridfs'), { recursive: true });
  writeFileSync(file, 'mine');
  chmodSync(file, 0o644);
  typing('y', '3', '', '', 'n');
  expect((await cli.run('setup')).code).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('who presses Ctrl-C before anything is decided leaves nothing behind', async () => {
  typing();
  const { code, err } = await cli.run('setup');
  expect(code).toBe(1);
  expect(err).toContain('nothing was written');
  expect(() => statSync(file)).toThrow();
});

it('who has logged in is asked whether to start, which runs the mount that was written until Ctrl-C ends it', async () => {
  const mount = new FakeMount();
  let mounted: string | null = null;
  cli.app.createLogin = () =>
    Promise.resolve({
      service: 'AllDebrid',
      byCode: () => Promise.resolve('ad-key'),
      oddity: () => null,
      byKey: () => Promise.reject(new Error('It was not asked for.')),
      close: () => Promise.resolve(),
    });
  cli.app.startMount = (config) => {
    mounted = 'mountpoint' in config ? config.mountpoint : null;
    queueMicrotask(() => cli.signal());
    return Promise.resolve(mount);
  };
  typing('2', '~/films', '', 'y', 'y');
  const { code, out } = await cli.run('setup');
  expect(code).toBe(0);
  expect(asked.at(-1)).toMatch(/^Start it now/);
  expect(mounted).toBe(join(cli.dir, 'films'));
  expect(mount.stops).toBe(1);
  expect(out).not.toContain('ad-key');
});

it('Ctrl-C at a question after the file was written starts nothing, and says what is left', async () => {
  typing('2', '', '');
  const { code, err } = await cli.run('setup');
  expect(code).toBe(1);
  expect(err).toContain(`${file} is written`);
});

it('what is to be typed next names a configuration that no command would find by itself', async () => {
  const own = join(cli.dir, 'my own.yaml');
  typing('2', '', '', 'n');
  const { out } = await cli.run('--config', own, 'setup');
  expect(out).toContain(`debridfs --config '${own}' mount`);
});

it('a login that does not work out says how to do it later, and what was written stays', async () => {
  typing('2', '', '', 'y');
  const { code, out } = await cli.run('setup');
  expect(code).toBe(0);
  expect(out).toContain('Later: debridfs login ad');
  expect(out).toMatch(/Start it: +debridfs mount/);
  expect(written().accounts).toHaveLength(1);
});

it('without a terminal it says that it needs one', async () => {
  expect(await cli.run('setup')).toMatchObject({
    code: 2,
    err: expect.stringContaining('needs a terminal') as string,
  });
});
