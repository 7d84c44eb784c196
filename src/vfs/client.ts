import { readFileSync } from 'node:fs';
import type { Client } from '../core/reading.js';

/** Programs that look into many files while nobody watches, by the names that the kernel has for them. */
const scanners: ReadonlySet<string> = new Set(['ffprobe', 'mediainfo', 'Plex Media Scan']);

/** The program that a thread belongs to, as it is now: it may have ended by the time that somebody asks. */
export function clientOf(thread: number): Client {
  const name = processName(thread);
  return { name, isScanner: name !== null && scanners.has(name) };
}

/** Null where the process is gone or lives in another namespace. */
function processName(thread: number): string | null {
  if (thread === 0) return null;
  try {
    const status = readFileSync(`/proc/${thread}/status`, 'utf8');
    const process = /^Tgid:\s*(\d+)$/m.exec(status)?.[1] ?? thread;
    return readFileSync(`/proc/${process}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}
