import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const watchdog = fileURLToPath(new URL('../../dist/watchdog.js', import.meta.url));

/** Runs a program that is watched, and says how it ended. */
async function watched(program: string): Promise<{ readonly signal: string | null; readonly said: string }> {
  const code = `const { startWatchdog } = await import(${JSON.stringify(watchdog)});
const end = startWatchdog({ limitMs: 500, everyMs: 50 });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 15_000,
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const signal = await new Promise<string | null>((resolve) => child.on('close', (_, by) => resolve(by)));
  return { signal, said };
}

describe('a process whose event loop', () => {
  it('stands still is killed, and says why', async () => {
    const { signal, said } = await watched('await sleep(2000); for (;;);');
    expect(signal).toBe('SIGKILL');
    expect(said).toContain('It has stood still for 0.5 s');
  });

  it('goes on, or is busy for less, lives, and ends as it wants to', async () => {
    const program =
      'await sleep(1000); const t = Date.now(); while (Date.now() - t < 200); await sleep(800); await end();';
    expect(await watched(program)).toEqual({ signal: null, said: '' });
  });
});
