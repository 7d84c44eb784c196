import { spawn, type ChildProcess } from 'node:child_process';
import { codeOf } from '../core/errors.js';
import type { UserAndGroup } from './binding.js';

/** How a command ended. `missing`: there is no such program, or the machine cannot start one now; `late`: it was killed at its time limit. */
export type CommandResult =
  | { readonly kind: 'exit'; readonly code: number | null; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'late'; readonly stdout: string };

export interface CommandOptions {
  /** Besides those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** An open descriptor, which the command finds as its descriptor 3. */
  readonly descriptor?: number | null;
  /** As whom it runs; only root may say so. Null: as this process. */
  readonly user?: UserAndGroup | null;
  /** Whether it changes nothing: then it ends with this process, which may be ended while it waits for what does not answer. */
  readonly onlyLooks?: boolean;
}

/** Output beyond this many characters is dropped: the commands run here say a line or two. */
const maxOutput = 4096;

/** Commands that run and only look. */
const looking = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of looking) child.kill('SIGKILL');
});

/**
 * Runs a command that may hang for ever because it touches a dead mount. At the time limit it is killed and not waited
 * for: a process in uninterruptible sleep does not even end by SIGKILL.
 * @throws only where Node's own permissions (`--permission`) allow no commands.
 */
export function runLimited(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  { env = {}, descriptor = null, user = null, onlyLooks = false }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    let child: ChildProcess;
    try {
      child = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'pipe', ...(descriptor === null ? [] : [descriptor])],
        env: { ...process.env, LC_ALL: 'C', ...env },
        ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
      });
    } catch (error) {
      if (codeOf(error) === 'ERR_ACCESS_DENIED') {
        reject(error instanceof Error ? error : new Error('Commands are not allowed.'));
        return;
      }
      // Node tells some errors (ENOENT, EAGAIN, EMFILE) by an event and throws the others (ENOMEM, E2BIG).
      resolve({ kind: 'missing' });
      return;
    }
    if (onlyLooks) looking.add(child);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(0, maxOutput);
      });
    }
    const ended = (): void => {
      clearTimeout(timer);
      looking.delete(child);
    };
    const timer = setTimeout(() => {
      ended();
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve({ kind: 'late', stdout: output.stdout });
    }, timeoutMs);
    child.on('error', () => {
      ended();
      resolve({ kind: 'missing' });
    });
    child.on('close', (code) => {
      ended();
      resolve({ kind: 'exit', code, ...output });
    });
  });
}
