/**
 * Brings a fresh machine to where the project can be built, tested and run: Debian packages (through apt when root, else
 * it says what to install), npm packages, the build. Does nothing where nothing is missing. Needs only Node itself.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asScript, root, run } from './run.mjs';
import { samePackages } from './same-packages.mjs';

/** Oldest Node that the program runs on, as in package.json. */
const oldestNode = [20, 18];

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new Error(`debridfs needs Node ${oldestNode.join('.')} or newer; this is ${process.version}.`);
}

/** What mounting and building need from the system: how to see that it is there, and the Debian package that brings it. */
const systemNeeds = [{ package: 'fuse3', present: () => onPath('fusermount3') }];
/** better-sqlite3 is compiled where no ready-made binary can be downloaded for this Node. */
const compilerNeeds = [
  { package: 'g++', present: () => onPath('g++') },
  { package: 'make', present: () => onPath('make') },
  { package: 'python3', present: () => onPath('python3') },
];

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(':')
    .some((folder) => folder !== '' && existsSync(join(folder, name)));
}

/** Installs Debian packages when root on a system with apt, else says what to install and ends with 1. */
async function installSystemPackages(needs) {
  const missing = needs.filter((need) => !need.present()).map((need) => need.package);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    process.stderr.write(`Please install: ${missing.join(' ')} (Debian: sudo ${command})\n`);
    process.exit(1);
  }
  process.stderr.write(`Installing ${missing.join(' ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env });
}

/**
 * Installs the npm packages of the lock file, unless they are there. Native packages are compiled against the headers
 * that came with this Node where they are there: that needs no download. One of them is mended (`object-wrap.h`).
 */
async function installNpmPackages() {
  if (npmPackagesAreInstalled()) return;
  await installSystemPackages(compilerNeeds);
  process.stderr.write('Installing npm packages (compiling SQLite takes a minute or two)\n');
  const prefix = dirname(dirname(process.execPath));
  const mended = `-include ${join(root, 'scripts', 'object-wrap.h')}`;
  const env = { ...process.env, CXXFLAGS: [process.env.CXXFLAGS ?? '', mended].join(' ').trim() };
  if (existsSync(join(prefix, 'include', 'node', 'node.h'))) env.npm_config_nodedir = prefix;
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env });
}

/** Whether npm finished with this lock file, and what it compiled works in this Node. */
function npmPackagesAreInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!samePackages(join(root, 'package-lock.json'), installed)) return false;
  const probe = join(root, 'scripts', 'sqlite-works.mjs');
  return spawnSync(process.execPath, [probe], { stdio: 'ignore', timeout: 60_000 }).status === 0;
}

/** Makes everything ready: system packages, npm packages, the build. */
export async function setUp() {
  requireNode();
  await installSystemPackages(systemNeeds);
  await installNpmPackages();
  await run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await asScript(setUp);
