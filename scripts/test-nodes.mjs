/** `npm run test:nodes`: runs the tests with other versions of Node than the one that is installed. */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asScript, root, run, runForCode } from './run.mjs';
import { runSideBySide } from './side-by-side.mjs';

const help = `Usage: npm run test:nodes -- [--short] [--prepare] [MAJOR...]

Runs all tests but those of fuse-native with each of these major versions of Node (default: 22 24), beside each other: about ten
minutes. The first time each gets a copy of the checkout in .nodes/ with the packages compiled for it, in about two.

--short    only what a Node may break most easily, as CI does, in about two minutes: reading the device, semantics,
           changes, the keeper and --permission through poll, and semantics through a thread
--prepare  only makes the copies
`;

/** The newest of each major version when this was written (2026-11): what passes does not change by itself. */
const versions = { 22: '22.23.3', 24: '24.21.0' };

/** Outside of node_modules, where Vitest would not compile what it runs. Git ignores it. */
const cache = join(root, '.nodes');

/** All that building and testing read. Not all there is: somebody may have mounted something in the checkout. */
const copied = [
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts'],
  ...['README.md', 'docs', 'scripts', 'src', 'systemd', 'test'],
  // What was built is the same for every Node.
  'dist',
];

/** What Vitest runs, one after the other. */
const allTests = [['--project', 'fast', '--project', 'mount', '--project', 'thread']];
const shortTests = [
  ['--project', 'fast', 'test/fuse/', 'test/cli/scripts.test.ts'],
  ['--project', 'mount', 'semantics', 'changes', 'keeper', 'permission'],
  ['--project', 'thread', 'semantics'],
];

/** In milliseconds. Downloading takes seconds, compiling two minutes, all tests ten, on two slow processors. */
const installLimitMs = 5 * 60_000;
const setupLimitMs = 15 * 60_000;
const testLimitMs = 40 * 60_000;

/** One version of Node, with a copy of the checkout that is set up for it. */
class OtherNode {
  constructor(version) {
    this.version = version;
    this.checkout = join(cache, version, 'checkout');
    // npm's package `node` does nothing but install this one.
    this.package = `node-linux-${process.arch}`;
    this.home = join(cache, version, 'node_modules', this.package);
    this.program = join(this.home, 'bin', 'node');
  }

  async prepare() {
    await this.#install();
    mkdirSync(this.checkout, { recursive: true });
    for (const name of copied) {
      rmSync(join(this.checkout, name), { recursive: true, force: true });
      if (!existsSync(join(root, name))) continue;
      cpSync(join(root, name), join(this.checkout, name), { recursive: true, preserveTimestamps: true });
    }
    // It compiles against the headers beside the Node that runs it. SQLite as fast as can be takes twice as long to compile.
    const env = { ...this.#env(), CFLAGS: process.env.CFLAGS ?? '-O1' };
    await run(this.program, [join('scripts', 'setup.mjs')], {
      cwd: this.checkout,
      env,
      limitMs: setupLimitMs,
    });
  }

  /** @returns the exit code of Vitest. Whatever its tests leave behind is taken away. */
  async test(args, output) {
    const folder = mkdtempSync(join(tmpdir(), 'debridfs-nodes-'));
    // Some tests look at their mount as another user.
    chmodSync(folder, 0o755);
    try {
      const vitest = join('node_modules', 'vitest', 'vitest.mjs');
      return await runForCode(this.program, [vitest, 'run', ...args], {
        cwd: this.checkout,
        env: { ...this.#env(), TMPDIR: folder },
        stdio: ['ignore', output, output],
        limitMs: testLimitMs,
      });
    } finally {
      await unmountBelow(folder);
      rmSync(folder, { recursive: true });
    }
  }

  async #install() {
    if (existsSync(this.program)) return;
    const prefix = join(cache, this.version);
    mkdirSync(prefix, { recursive: true });
    const flags = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    const args = ['install', '--prefix', prefix, ...flags, `${this.package}@${this.version}`];
    await run('npm', args, { env: withoutNpm(), limitMs: installLimitMs });
  }

  #env() {
    return { ...withoutNpm(), PATH: `${join(this.home, 'bin')}:${process.env.PATH ?? ''}` };
  }
}

/** The environment without what `npm run` tells of the Node and the folder that it runs in. */
function withoutNpm() {
  const told = /^(NODE|INIT_CWD|npm_(node_execpath|execpath|package_.*|lifecycle_.*|config_(.*_)?prefix))$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !told.test(name)));
}

/** Takes away the mounts of tests that did not come to their end. */
async function unmountBelow(folder) {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  // The last one first: it may lie on another.
  for (const mountpoint of mounts.map((line) => line.split(' ')[4] ?? '').reverse()) {
    if (!mountpoint.startsWith(`${folder}/`)) continue;
    await runForCode('fusermount3', ['-uz', mountpoint], { limitMs: 10_000 });
  }
}

function chosen(majors) {
  return (majors.length > 0 ? majors : Object.keys(versions)).map((major) => {
    if (versions[major] === undefined) {
      throw new Error(
        `There is no version for Node ${major} here, only for ${Object.keys(versions).join(', ')}.`,
      );
    }
    return new OtherNode(versions[major]);
  });
}

await asScript(async () => {
  const flag = { type: 'boolean', default: false };
  const options = { short: flag, prepare: flag, help: flag };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const nodes = chosen(positionals);
  // At the same time, because a compiler uses one processor. Those that succeed are not given up with the one that fails.
  const prepared = await Promise.allSettled(nodes.map((node) => node.prepare()));
  for (const { reason } of prepared) if (reason !== undefined) throw reason;
  if (values.prepare) return;
  const lines = nodes.map((node) =>
    (values.short ? shortTests : allTests).map((args) => ({
      name: `Node ${node.version}: ${args.join(' ')}`,
      run: (output) => node.test(args, output),
    })),
  );
  const failed = await runSideBySide(lines);
  if (failed.length > 0) throw new Error(`Tests failed:\n${failed.join('\n')}`);
});
