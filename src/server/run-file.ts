import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { codeOf } from '../core/errors.js';
import { replaceFile } from '../core/replace-file.js';

/** What the running process says of itself in `<stateDir>/run.json`. */
export interface RunInfo {
  readonly pid: number;
  readonly mountpoint: string;
  /** `http://host:port`, or null where no server listens. */
  readonly server: string | null;
  /** Why none listens yet, as a sentence; null or missing where none is to, or one does. */
  readonly serverTrouble?: string | null | undefined;
}

const runInfo = z.object({
  pid: z.int().positive(),
  mountpoint: z.string(),
  server: z.string().nullable(),
  serverTrouble: z.string().nullish(),
});

export function runFilePath(stateDir: string): string {
  return join(stateDir, 'run.json');
}

/** Writes the file whole or not at all, readable by the owner only. @throws {AppError} `storage`; then nothing is left of it. */
export function writeRunFile(stateDir: string, info: RunInfo): void {
  // It tells nothing to whoever starts after a power cut.
  replaceFile(runFilePath(stateDir), `${JSON.stringify(info)}\n`, { mode: 0o600, flush: false });
}

/** Removes the file, unless another process has taken it over. */
export function removeRunFile(stateDir: string, pid: number): void {
  const info = readRunFile(stateDir);
  if (info?.pid === pid) rmSync(runFilePath(stateDir), { force: true });
}

/** What the file says, whether or not that process still lives; null where there is none or it cannot be understood. */
export function readRunFile(stateDir: string): RunInfo | null {
  try {
    return runInfo.parse(JSON.parse(readFileSync(runFilePath(stateDir), 'utf8')));
  } catch {
    return null;
  }
}

/** The process that says that it runs on a state folder; null: none that lives. */
export function runningPid(stateDir: string): number | null {
  const info = readRunFile(stateDir);
  return info !== null && isAlive(info.pid) ? info.pid : null;
}

/** Whether a process runs. After a crash its number may have gone to another, so this is a hint, no proof. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return !hasEnded(pid);
}

/** Whether a process has ended and only waits for its parent to notice, which in a container may never happen. */
function hasEnded(pid: number): boolean {
  try {
    // After the name in parentheses, which may hold anything, comes the state (proc_pid_stat(5), documented).
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
