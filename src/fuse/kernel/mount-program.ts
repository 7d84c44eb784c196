import { spawn } from 'node:child_process';

/** How long mounting may take, in milliseconds; it needs a few. */
const mountMs = 10_000;

/**
 * Runs a program that mounts, to its end, with an open descriptor as its descriptor 3. Never throws.
 * @returns null when it mounted, else why not.
 */
export async function runMountProgram(
  program: string,
  args: readonly string[],
  descriptor: number,
  env: NodeJS.ProcessEnv = {},
): Promise<string | null> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    env: { ...process.env, LC_ALL: 'C', ...env },
    timeout: mountMs,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const end = await new Promise<number | string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  if (end === 0) return null;
  return said.trim() === '' ? `${program} ended with ${String(end)}` : said.trim();
}
