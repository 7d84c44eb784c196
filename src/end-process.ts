import { setTimeout as sleep } from 'node:timers/promises';

/** What still runs may need so long to be given up, in milliseconds. */
const graceMs = 500;
const lookEveryMs = 20;

/**
 * Ends the process with an exit code. Node's own `exit` waits for the threads that read files and look up names (observed, 20.20), and
 * one that reads a file of a share that hangs never comes back: then the process is killed, after a word to `stderr`. By then all is
 * unmounted and written.
 */
export async function endProcess(exitCode: number): Promise<never> {
  for (let waitedMs = 0; isReading() && waitedMs < graceMs; waitedMs += lookEveryMs) await sleep(lookEveryMs);
  if (isReading()) {
    process.stderr.write(
      'debridfs: a file that does not answer is still being read; the process is killed.\n',
    );
    process.kill(process.pid, 'SIGKILL');
  }
  process.exit(exitCode);
}

function isReading(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^FSReq|^GetAddrInfo|^GetNameInfo/.test(name));
}
