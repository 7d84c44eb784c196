import { readdirSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, readRunFile, type RunInfo } from '../server/run-file.js';

/** The process that keeps a demo's files in a folder. */
interface DemoFolder {
  readonly path: string;
  readonly pid: number;
}

/** Makes the folder of a demo of this process, which its owner alone may enter. */
export function makeDemoFolder(temporary: string): Promise<string> {
  return mkdtemp(join(temporary, `debridfs-demo-${process.pid}-`));
}

/** Where a demo's library is, in its folder. */
export function demoStateDir(folder: string): string {
  return join(folder, 'state');
}

/** The running demo on a mountpoint; null: none of this user. */
export function findDemo(
  temporary: string,
  mountpoint: string,
): { readonly stateDir: string; readonly running: RunInfo } | null {
  for (const { path, pid } of demoFolders(temporary)) {
    const stateDir = demoStateDir(path);
    const running = isAlive(pid) ? readRunFile(stateDir) : null;
    if (running?.mountpoint === mountpoint) return { stateDir, running };
  }
  return null;
}

/** Removes what demos left that were killed. */
export function removeDeadDemos(temporary: string): void {
  for (const { path, pid } of demoFolders(temporary)) {
    if (!isAlive(pid)) rmSync(path, { recursive: true, force: true });
  }
}

/** Folders of demos of this user: everybody may make such names in a folder for temporary files. */
function demoFolders(temporary: string): DemoFolder[] {
  return readdirSync(temporary, { withFileTypes: true }).flatMap((entry) => {
    const pid = /^debridfs-demo-(\d{1,10})-/.exec(entry.name)?.[1];
    if (pid === undefined || !entry.isDirectory()) return [];
    const path = join(temporary, entry.name);
    const owner = statSync(path, { throwIfNoEntry: false })?.uid;
    return owner === process.getuid?.() ? [{ path, pid: Number(pid) }] : [];
  });
}
