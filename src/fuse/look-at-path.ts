import { AppError } from '../core/errors.js';
import { runLimited } from './run-limited.js';

/** What is at a path, found out without risk to this process. */
export type PathState =
  /** It answers; `separate`: it is a mount of its own, seen from its parent. */
  | { readonly kind: 'directory'; readonly separate: boolean }
  | { readonly kind: 'other' }
  | { readonly kind: 'absent' }
  /** Its file system has lost its server (ENOTCONN, or ECONNABORTED after an abort). */
  | { readonly kind: 'disconnected' }
  /** It did not answer within the time limit. */
  | { readonly kind: 'silent' }
  /** Another error, by its name, such as EACCES. */
  | { readonly kind: 'error'; readonly errno: string };

/**
 * How long a look may take. A mount of ours answers `stat` from memory or SQLite in under a millisecond, and Node starts
 * within 0.1 s on a slow machine: what is silent for 5 s is stuck.
 */
const lookMs = 5_000;

/** Stands where an errno would, for a script that was killed at its time limit. */
const silence = 'no answer';

/** Stands there for one that did not run to its end. */
const unchecked = 'the check did not run';

/** What a disk or a server of files that is not there yet, or a machine short of everything, may answer. */
const passing: ReadonlySet<string> = new Set([silence, unchecked, 'EIO', 'ESTALE', 'ETIMEDOUT', 'EHOSTDOWN']);

/** Whether why a path cannot be reached may pass by itself, so that a service manager is to try again. */
export function mayPass(errno: string): boolean {
  return passing.has(errno);
}

const sayScript = `
const say = (told) => console.log(JSON.stringify(told));
`;

/** Says the path without symbolic links. */
const resolveScript = `
const { realpathSync, readlinkSync } = require('node:fs');
const { dirname, basename, join, resolve } = require('node:path');
function real(path, left) {
  if (path === '/' || left === 0) return path;
  let above;
  try { above = realpathSync(dirname(path)); }
  catch (error) { if (error.code !== 'ENOENT') throw error; above = real(dirname(path), left - 1); }
  const here = join(above, basename(path));
  let target;
  try { target = readlinkSync(here); } catch { return here; }
  return real(resolve(above, target), left - 1);
}
let path = process.argv[1];
try { path = real(path, 40); say({ path }); }
catch (error) { say({ errno: error.code }); process.exit(); }
`;

/** Says what is at `path`. `statfs` comes first because the kernel never answers it from its cache, as it does `stat` of a mount whose server is gone. */
const statScript = `
const { statfsSync, statSync } = require('node:fs');
try {
  statfsSync(path);
  const at = statSync(path);
  const above = statSync(path + '/..');
  say({ directory: at.isDirectory(), separate: at.dev !== above.dev });
} catch (error) { say({ errno: error.code }); }
`;

/** What a script said. */
type Told = Readonly<Record<string, unknown>>;

/**
 * The path without symbolic links, whether or not its end exists. Only what is above its end is touched, so a dead mount
 * at its end does no harm; done in a child process, because one above it would.
 * @throws {AppError} `config` when what is above cannot be reached, `storage` where that may pass by itself.
 */
export async function resolveLinks(path: string): Promise<string> {
  const [real] = await look(sayScript + resolveScript, path);
  return asRealPath(real, path);
}

/**
 * The path without symbolic links and what is at its end, for the cost of one look.
 * @throws {AppError} `config` when what is above cannot be reached, `storage` where that may pass by itself.
 */
export async function lookBehindLinks(
  path: string,
): Promise<{ readonly path: string; readonly state: PathState }> {
  const [real, state] = await look(sayScript + resolveScript + statScript, path);
  return { path: asRealPath(real, path), state: asState(state) };
}

/** Looks at a path in a child process, because touching a dead or stuck mount may hang for ever. */
export async function lookAtPath(path: string): Promise<PathState> {
  const [state] = await look(`${sayScript}const path = process.argv[1];${statScript}`, path);
  return asState(state);
}

function asRealPath(told: Told | undefined, path: string): string {
  const { path: real, errno } = told ?? {};
  if (typeof real === 'string') return real;
  throw new AppError(
    mayPass(String(errno)) ? 'storage' : 'config',
    `The folders above the mountpoint ${path} cannot be reached (${String(errno)}): choose another mountpoint.`,
    { context: { path } },
  );
}

function asState(told: Told | undefined): PathState {
  const { errno, directory, separate } = told ?? { errno: unchecked };
  switch (errno) {
    case undefined:
      return directory === true ? { kind: 'directory', separate: separate === true } : { kind: 'other' };
    case silence:
      return { kind: 'silent' };
    case 'ENOENT':
      return { kind: 'absent' };
    case 'ENOTDIR':
      return { kind: 'other' };
    case 'ENOTCONN':
    case 'ECONNABORTED':
      return { kind: 'disconnected' };
    default:
      return { kind: 'error', errno: String(errno) };
  }
}

/** What a script said, line by line, and then `errno` with why it said no more, where it did not come to its end. */
async function look(script: string, path: string): Promise<readonly Told[]> {
  const result = await runLimited(process.execPath, ['-e', script, '--', path], lookMs, {
    onlyLooks: true,
  });
  const lines = result.kind === 'missing' ? [] : result.stdout.split('\n').slice(0, -1);
  const told = lines.map((line) => JSON.parse(line) as Told);
  if (result.kind === 'late') return [...told, { errno: silence }];
  if (result.kind !== 'exit' || result.code !== 0) return [...told, { errno: unchecked }];
  return told;
}
