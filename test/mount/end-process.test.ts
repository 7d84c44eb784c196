import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/library.js';

const endProcess = fileURLToPath(new URL('../../dist/end-process.js', import.meta.url));
const folder = temporaryFolder();

/** Runs a program that ends itself, and says how. */
async function ended(
  program: string,
): Promise<{ readonly code: number | null; readonly by: string | null; readonly said: string }> {
  const code = `const { endProcess } = await import(${JSON.stringify(endProcess)});
const { readFile } = await import('node:fs/promises');
${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 15_000,
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  return new Promise((resolve) => {
    child.on('close', (exitCode, by) => resolve({ code: exitCode, by, said }));
  });
}

it('a process that reads a file which never answers ends all the same, and says why it was killed', async () => {
  // A pipe that nobody writes holds who opens it, as a share does that hangs.
  const pipe = join(folder.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const { by, said } = await ended(`void readFile(${JSON.stringify(pipe)}); await endProcess(0);`);
  expect(by).toBe('SIGKILL');
  expect(said).toContain('is still being read');
});

it('a process that nothing holds ends with its exit code', async () => {
  const program = 'void readFile(process.execPath); await endProcess(3);';
  expect(await ended(program)).toEqual({ code: 3, by: null, said: '' });
});
