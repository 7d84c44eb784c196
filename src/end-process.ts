import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What still runs may need so long to be given up, in milliseconds. */
const graceMs = 500;
const lookEveryMs = 20;
/** So long the process may take to exit, in seconds. */
const exitSeconds = 1;

/** Kills a process that is still the one with this start time, and says why. */
const killScript = `sleep ${exitSeconds}
stat=$(cat "/proc/$1/stat" 2>/dev/null) || exit 0
set -- "$1" "$2" \${stat##*) }
[ "\${22}" = "$2" ] || exit 0
echo 'debridfs: a file that does not answer is still being read; the process is killed.' >&2
kill -9 "$1"`;

/**
 * Ends the process with an exit code. Node's own `exit` waits for the threads that read files and look up names (observed, 20.20), and
 * one that reads a file of a share that hangs never comes back: then another process kills this one, after a word to `stderr`. By then all
 * is unmounted and written.
 */
export async function endProcess(exitCode: number): Promise<never> {
  for (let waitedMs = 0; isReading() && waitedMs < graceMs; waitedMs += lookEveryMs) await sleep(lookEveryMs);
  if (isReading()) killLater();
  process.exit(exitCode);
}

function isReading(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^FSReq|^GetAddrInfo|^GetNameInfo/.test(name));
}

/** Has another process see to the end of this one. */
function killLater(): void {
  try {
    // The number may be another process's by then: its start time is not.
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const started = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[19] ?? '';
    const args = ['-c', killScript, 'sh', String(process.pid), started];
    spawn('sh', args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true }).unref();
  } catch {
    // Without the right to start one (`--permission`) it ends by itself, or is ended by who started it.
  }
}
