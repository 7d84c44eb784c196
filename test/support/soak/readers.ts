import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Prng } from '../../../src/emulator/prng.js';

/** A file of the mount, and by what its bytes are known. */
export interface SoakFile {
  readonly path: string;
  readonly hash: string;
  /** Its path in the torrent. */
  readonly inner: string;
  readonly size: number;
}

/** A read that failed. Times are wall clock milliseconds. */
export interface FailedRead {
  readonly path: string;
  readonly errno: string;
  readonly beganMs: number;
  readonly endedMs: number;
}

type Told =
  | { readonly kind: 'did'; readonly bytes: number }
  | ({ readonly kind: 'failed' } & FailedRead)
  | { readonly kind: 'wrong'; readonly path: string; readonly offset: number; readonly why: string };

const script = fileURLToPath(new URL('./reader.mjs', import.meta.url));
const dist = fileURLToPath(new URL('../../../dist', import.meta.url));

/** Programs that read the mount, and what they found. */
export class Readers {
  readonly #files: readonly SoakFile[];
  readonly #prng: Prng;
  readonly #children = new Set<ChildProcess>();
  bytes = 0;
  readonly wrong: string[] = [];
  readonly failed: FailedRead[] = [];

  constructor(files: readonly SoakFile[], prng: Prng) {
    this.#files = files;
    this.#prng = prng;
  }

  /** Starts so many more. */
  start(count: number): void {
    for (let started = 0; started < count; started += 1) this.#begin(false);
  }

  /** Reads the start and the end of every file, and small ones whole; resolves when that is done. */
  async verify(): Promise<void> {
    const child = this.#begin(true);
    await once(child, 'exit');
  }

  /** Kills one with whatever it is reading, and starts another. */
  killOne(): void {
    const [child] = [...this.#children].slice(this.#prng.next() % Math.max(1, this.#children.size));
    if (child === undefined) return;
    child.kill('SIGKILL');
    this.start(1);
  }

  /** Lets all of them end with what they are at. */
  async stop(): Promise<void> {
    const ending = [...this.#children].map(async (child) => {
      child.send('stop');
      await once(child, 'exit');
    });
    await Promise.all(ending);
  }

  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #begin(verify: boolean): ChildProcess {
    const task = { files: this.#files, seed: this.#prng.text('0123456789abcdef', 12), verify };
    const child = fork(script, [dist, JSON.stringify(task)]);
    this.#children.add(child);
    child.on('message', (told: Told) => this.#hear(told));
    child.on('exit', () => this.#children.delete(child));
    // One that ends while it is asked to.
    child.on('error', () => undefined);
    return child;
  }

  #hear(told: Told): void {
    switch (told.kind) {
      case 'did':
        this.bytes += told.bytes;
        return;
      case 'failed':
        this.failed.push(told);
        return;
      case 'wrong':
        this.wrong.push(`${told.path} at ${told.offset}: ${told.why}`);
        return;
    }
  }
}
