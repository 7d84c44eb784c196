/** debridfs from its start to its mount, as its log tells of it, timed from the moment at which it was started. */
import { spawn } from 'node:child_process';
import { rmdir } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { detach } from '../mountpoints.mjs';

const startSeconds = 20;
const endSeconds = 12;

export class StartedMount {
  #began = performance.now();
  #child;
  #mountpoint;
  #exited;
  #mounted;
  #log = '';

  constructor([program, ...args], mountpoint) {
    this.#mountpoint = mountpoint;
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve).once('error', resolve));
    this.#mounted = new Promise((resolve) => {
      createInterface({ input: this.#child.stderr }).on('line', (line) => {
        this.#log = `${this.#log}${line}\n`.slice(-2000);
        if (line.includes('"msg":"mounted"')) resolve('mounted');
      });
    });
  }

  /** Since it was started. */
  get elapsedMs() {
    return performance.now() - this.#began;
  }

  /** Resolves when it says that it has mounted. */
  async mounted() {
    const late = sleep(startSeconds * 1000, 'late', { ref: false });
    const first = await Promise.race([this.#mounted, this.#exited.then(() => 'ended'), late]);
    if (first !== 'mounted') throw new Error(`It did not mount. ${this.#log.trim()}`);
  }

  /** Ends it and takes its mount away, whatever state it is in. */
  async stop() {
    if (this.#child.pid !== undefined) {
      this.#child.kill('SIGTERM');
      const late = sleep(endSeconds * 1000, 'late', { ref: false });
      if ((await Promise.race([this.#exited, late])) === 'late') {
        await detach(this.#mountpoint);
        this.#child.kill('SIGKILL');
        await this.#exited;
      }
    }
    await detach(this.#mountpoint);
    await rmdir(this.#mountpoint).catch(() => {});
  }
}
