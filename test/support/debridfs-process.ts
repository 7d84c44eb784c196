import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './mount-harness.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The program as built (or a command that runs it), in a process of its own. */
export class DebridfsProcess {
  readonly child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<() => void>();
  readonly exited: Promise<number | null>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}, command = [process.execPath, main]) {
    const [program = '', ...first] = command;
    this.child = spawn(program, [...first, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        for (const listener of this.#listeners) listener();
      });
    }
    this.exited = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)));
  }

  /** All it wrote so far, to either stream. */
  get output(): string {
    return this.#lines.join('\n');
  }

  /** Waits for a line that holds the text, and returns it. @throws {Error} with all output when it ends before. */
  async line(text: string): Promise<string> {
    const found = new Promise<string>((resolve, reject) => {
      const look = (): void => {
        const line = this.#lines.find((candidate) => candidate.includes(text));
        if (line === undefined) return;
        this.#listeners.delete(look);
        resolve(line);
      };
      this.#listeners.add(look);
      look();
      void this.exited.then((code) => reject(new Error(`It ended with ${String(code)}:\n${this.output}`)));
    });
    return within(found, `line with ${JSON.stringify(text)}`);
  }

  /** Sends a signal and waits for the end; resolves with the exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return within(this.exited, 'end of debridfs');
  }
}

/** Runs a command of the program to its end. */
export async function debridfs(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const running = new DebridfsProcess(args, env);
  const code = await within(running.exited, `end of debridfs ${args.join(' ')}`);
  return { code, output: running.output };
}
