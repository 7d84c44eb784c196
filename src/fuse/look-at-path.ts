import { AppError } from '../core/errors.js';
import { runLimited } from './run-limited.js';

/** What is at a path, found out without risk to this process. */
export type PathState =
  /** It answers; `separate`: it is a mount of its own, seen from its parent. */
  | { readonly kind: 'directory'; readonly separate: boolean }
  | { readonly kind: 'other' | 'absent' }
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
try { console.log(JSON.stringify({ path: real(process.argv[1], 40) })); }
catch (error) { console.log(JSON.stringify({ errno: error.code })); }
`;

// `statfs` comes first because the kernel never answers it from its cache, as it does `stat` of a mount whose server is gone.
const statScript = `
const { statfsSync, statSync } = require('node:fs');
try {
  statfsSync(process.argv[1]);
  const at = statSync(process.argv[1]);
  const above = statSync(process.argv[1] + '/..');
  console.log(JSON.stringify({ directory: at.isDirectory(), separate: at.dev !== above.dev }));
} catch (error) { console.log(JSON.stringify({ errno: error.code })); }
`;

/**
 * The path without symbolic links, whether or not its end exists. Only what is above its end is touched, so a dead mount
 * at its end does no harm; done in a child process, because one above it would.
 * @throws {AppError} `config` when what is above cannot be reached.
 */
export async function resolveLinks(path: string): Promise<string> {
  const { path: real, errno } = await look(resolveScript, path);
  if (typeof real === 'string') return real;
  throw new AppError(
    'config',
    `The folders above the mountpoint ${path} cannot be reached (${String(errno)}): choose another mountpoint.`,
    { context: { path } },
  );
}

/** Looks at a path in a child process, because touching a dead or stuck mount may hang for ever. */
export async function lookAtPath(path: string): Promise<PathState> {
  const { errno, directory, separate } = await look(statScript, path);
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

/** What a script printed, or `errno` with why it printed nothing. */
async function look(script: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const result = await runLimited(process.execPath, ['-e', script, '--', path], lookMs);
  if (result.kind === 'late') return { errno: silence };
  if (result.kind !== 'exit' || result.code !== 0) return { errno: 'the check did not run' };
  return JSON.parse(result.stdout) as Record<string, unknown>;
}
