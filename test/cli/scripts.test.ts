import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../src/server/run-file.js';

const runModule = pathToFileURL(join(import.meta.dirname, '../../scripts/run.mjs')).href;

/** A script that runs a shell. */
function startScript(shell: string, limitMs: number | null = null) {
  const options = { stdio: ['ignore', 'inherit', 'ignore'], limitMs };
  const source = `
    import { asScript, run } from ${JSON.stringify(runModule)};
    await asScript(() => run('sh', ['-c', ${JSON.stringify(shell)}], ${JSON.stringify(options)}));
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

it.each(['SIGINT', 'SIGTERM'] as const)(
  'a script that %s ends leaves nothing it ran behind',
  async (signal) => {
    // The shell ends at once; what it started needs a moment more.
    const script = startScript("(trap 'sleep 0.3; exit' TERM; sleep 30 & wait) & echo $!; wait");
    const ended = once(script, 'exit');
    const [first] = (await once(script.stdout, 'data')) as [Buffer];
    const pid = Number(first.toString().split('\n')[0]);
    expect(isAlive(pid)).toBe(true);
    script.kill(signal);
    const [code] = (await ended) as [number];
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(isAlive(pid)).toBe(false);
  },
);

it('a script whose program takes too long ends it and what that runs, and says so', async () => {
  const script = startScript("(trap 'sleep 0.3; exit' TERM; sleep 30 & wait) & echo $!; wait", 500);
  const ended = once(script, 'exit');
  const [[first], stderr] = await Promise.all([
    once(script.stdout, 'data') as Promise<[Buffer]>,
    text(script.stderr),
  ]);
  expect((await ended)[0]).toBe(1);
  expect(stderr).toContain('did not end within 0.5 s');
  expect(isAlive(Number(first.toString().split('\n')[0]))).toBe(false);
});

it('a script whose program fails ends with 1 and a line', async () => {
  const script = startScript('exit 3');
  const [stderr] = await Promise.all([text(script.stderr), once(script, 'exit')]);
  expect(script.exitCode).toBe(1);
  expect(stderr).toBe('`sh -c exit 3` failed\n');
});

it('what was compiled of SQLite does not end the process while its garbage is collected', async () => {
  const probe = join(import.meta.dirname, '../../scripts/sqlite-works.mjs');
  const script = spawn(process.execPath, [probe], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr] = await Promise.all([text(script.stderr), once(script, 'exit')]);
  expect(script.exitCode, stderr).toBe(0);
});

it.each<[string, object, object, boolean]>([
  ['the same', { a: { version: '1' } }, { a: { version: '1' } }, true],
  ['an optional one less', { a: { version: '1' }, b: { optional: true } }, { a: { version: '1' } }, true],
  ['one less', { a: { version: '1' }, b: { version: '1' } }, { a: { version: '1' } }, false],
  ['another version', { a: { version: '2' } }, { a: { version: '1' } }, false],
  ['one that is not wanted any more', {}, { a: { version: '1' } }, false],
])('npm packages are as the lock file has them by what it says, not by its age: %s', async (...row) => {
  const [, wanted, there, expected] = row;
  const folder = await mkdtemp(join(tmpdir(), 'debridfs-packages-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [lockFile, installed] = [join(folder, 'lock.json'), join(folder, 'installed.json')];
  await writeFile(installed, JSON.stringify({ packages: there }));
  await writeFile(lockFile, JSON.stringify({ packages: { '': { name: 'debridfs' }, ...wanted } }));
  await utimes(installed, 1, 1);
  const module = pathToFileURL(join(import.meta.dirname, '../../scripts/same-packages.mjs')).href;
  const { samePackages } = (await import(module)) as {
    readonly samePackages: (lockFile: string, installed: string) => boolean;
  };
  expect(samePackages(lockFile, installed)).toBe(expected);
  expect(samePackages(lockFile, join(folder, 'none.json'))).toBe(false);
});

it('the README says to remove all folders that the systemd unit makes', async () => {
  const [unit, readme] = await Promise.all(
    ['systemd/debridfs.service', 'README.md'].map((name) =>
      readFile(join(import.meta.dirname, '../..', name), 'utf8'),
    ),
  );
  const [, uninstall = ''] = /^(Uninstall: [^]*?)\n\n/m.exec(readme ?? '') ?? [];
  const bases = { StateDirectory: '/var/lib', CacheDirectory: '/var/cache' };
  for (const [setting, base] of Object.entries(bases)) {
    const [, name = ''] = new RegExp(`^${setting}=(.*)$`, 'm').exec(unit ?? '') ?? [];
    expect(uninstall).toContain(`\`${base}/${name}\``);
  }
});
