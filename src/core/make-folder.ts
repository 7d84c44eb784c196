import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './errors.js';

/**
 * Makes a folder and those above it, each with `mode`; one that is there stays as it is. Not Node's own `recursive`: that
 * never returns where a folder exists that can hold no others, such as /proc (Node 20, observed 2026-11).
 * @param how `exactly`: whatever the umask. @throws the system's error when it cannot be made, or is something else.
 */
export function makeFolder(path: string, mode: number, how: 'by-umask' | 'exactly' = 'by-umask'): void {
  try {
    mkdirSync(path, { mode });
    if (how === 'exactly') chmodSync(path, mode);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path), mode, how);
    makeFolder(path, mode, how);
  }
}
