import { runLimited } from '../run-limited.js';

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
  const result = await runLimited(program, args, mountMs, { descriptor, env });
  switch (result.kind) {
    case 'missing':
      return `${program} cannot be run`;
    case 'late':
      return `${program} did not end within ${mountMs / 1000} s`;
    case 'exit':
      if (result.code === 0) return null;
      return result.stderr.trim() === ''
        ? `${program} ended with ${String(result.code)}`
        : result.stderr.trim();
  }
}
