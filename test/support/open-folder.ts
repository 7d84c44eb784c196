import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { within } from './mount-harness.js';

/** A program that keeps one folder open and lists it again and again: `os.listdir` of a descriptor rewinds it. */
export class OpenFolder {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  constructor(path: string) {
    const script =
      'import os,sys\nfd=os.open(sys.argv[1],os.O_RDONLY)\nfor _ in sys.stdin: print("/".join(os.listdir(fd)),flush=True)';
    this.#child = spawn('python3', ['-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  list(): Promise<string[]> {
    const line = new Promise<string>((resolve) => this.#lines.once('line', resolve));
    this.#child.stdin.write('\n');
    return within(
      line.then((text) => text.split('/')),
      'listing',
    );
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
