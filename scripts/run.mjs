/** How the scripts run other programs: none of them outlives the script that a signal asks to end. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** How long what a program started may take to end after a signal, in milliseconds; debridfs itself takes up to 10 s. */
const endMs = 15_000;

/** A script was asked to end by a signal, and its program has ended. */
class Interrupted extends Error {
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Runs a program in a folder, the project's by default, in a process group of its own: a signal to this process goes on to all of the
 * group, and this waits until it is gone.
 * @param limitMs after which all of the group is ended, in milliseconds; null: it may take as long as it takes.
 * @returns its exit code.
 */
export async function runForCode(
  command,
  args,
  { cwd = root, env = process.env, stdio = ['ignore', 2, 2], limitMs = null } = {},
) {
  let child = null;
  let asked = null;
  let late = null;
  const forward = (signal) => {
    asked ??= signal;
    if (child?.pid !== undefined) signalGroup(child.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  // Before the program is there: a signal that comes while it is being started waits until it is.
  for (const signal of signals) process.on(signal, forward);
  try {
    child = spawn(command, args, { cwd, env, stdio, detached: true });
    if (limitMs !== null) late = endGroupAfter(child.pid, limitMs);
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
    if (late?.isOver) await late.ended;
    if (asked !== null) {
      await endGroup(child.pid);
      throw new Interrupted(asked);
    }
    if (late?.isOver) throw new Error(`\`${command}\` did not end within ${limitMs / 1000} s, and was ended`);
    return code;
  } finally {
    late?.cancel();
    for (const signal of signals) process.off(signal, forward);
  }
}

/** Runs a program, its output on stderr, so that stdout stays the caller's. */
export async function run(command, args, options) {
  const call = `\`${[command, ...args].join(' ')}\``;
  const code = await runForCode(command, args, options).catch((error) => {
    throw error instanceof Interrupted ? error : new Error(`${call} failed: ${error.message}`);
  });
  if (code !== 0) throw new Error(`${call} failed`);
}

/** Runs a script's work; a failure is one line and exit code 1. */
export async function asScript(work) {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
  }
}

/** Whether the group still had a process to take the signal. */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Ends a group at a time limit, unless that is cancelled before. */
function endGroupAfter(group, limitMs) {
  const late = { isOver: false, ended: Promise.resolve(), cancel: () => clearTimeout(timer) };
  const timer = setTimeout(() => {
    late.isOver = true;
    late.ended = endGroup(group);
  }, limitMs);
  return late;
}

/** Asks what is left of a group to end, as a shell's background jobs do not at SIGINT, and waits for it. */
async function endGroup(group) {
  signalGroup(group, 'SIGTERM');
  for (const limit = Date.now() + endMs; Date.now() < limit; await sleep(50)) {
    if (!signalGroup(group, 0)) return;
  }
  signalGroup(group, 'SIGKILL');
}
