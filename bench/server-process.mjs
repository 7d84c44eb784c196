/** A server of the benchmark as a process of its own, from its mount to its end. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { runLimited } from './programs.mjs';

/** How long a server may take to mount, to answer a command and to end. */
const answerSeconds = 20;

/** `major:minor` of what is mounted at a path; undefined when nothing is. Touches no mount, so it never waits for one. */
async function deviceAt(mountpoint) {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.map((line) => line.split(' ')).findLast((fields) => fields[4] === mountpoint)?.[2];
}

export class ServerProcess {
  #child;
  #lines;
  /** What the server has written to stderr. */
  errors = '';
  #exited;

  /**
   * Starts a server and waits until it has mounted.
   * @param server how to start it: `command(mountpoint, delayMs)` gives the program and its arguments.
   * @param folder where a mountpoint may be made.
   */
  static async start(server, { folder, delayMs, readAheadKib, signal }) {
    const mountpoint = await mkdtemp(join(folder, 'mount-'));
    const started = new ServerProcess(server.command(mountpoint, delayMs), mountpoint);
    try {
      await started.#nextLine();
      if (readAheadKib !== undefined) await started.#readAhead(readAheadKib);
      signal.throwIfAborted();
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  constructor([command, ...args], mountpoint) {
    this.mountpoint = mountpoint;
    // In a process group of its own: Ctrl-C is for the one who cleans up.
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#exited = new Promise((resolve) => this.#child.once('close', resolve).once('error', resolve));
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (text) => (this.errors += text));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @returns what the server answers to a command. */
  async ask(command) {
    this.#child.stdin.write(`${command}\n`);
    return await this.#nextLine();
  }

  /** Unmounts and ends the server, whatever state it is in. */
  async stop() {
    this.#child.stdin.end('quit\n');
    if (!(await this.#isGoneWithin(answerSeconds))) {
      await this.#detach();
      this.#child.kill('SIGKILL');
      await this.#isGoneWithin(answerSeconds);
    }
    await this.#detach();
    await rmdir(this.mountpoint).catch(() => {});
  }

  async #nextLine() {
    const late = sleep(answerSeconds * 1000, { done: true }, { ref: false });
    const { done, value } = await Promise.race([this.#lines.next(), late]);
    if (done) throw new Error(`The server did not answer. ${this.errors.trim()}`.trim());
    return JSON.parse(value);
  }

  async #readAhead(kib) {
    const device = await deviceAt(this.mountpoint);
    await writeFile(`/sys/class/bdi/${device}/read_ahead_kb`, String(kib)).catch((cause) => {
      throw new Error('The read-ahead cannot be raised: run this as root.', { cause });
    });
  }

  async #isGoneWithin(seconds) {
    const gone = this.#exited.then(() => true);
    return await Promise.race([gone, sleep(seconds * 1000, false, { ref: false })]);
  }

  async #detach() {
    if ((await deviceAt(this.mountpoint)) === undefined) return;
    await runLimited('fusermount3', ['-uz', this.mountpoint], { limitSeconds: answerSeconds }).catch(
      () => {},
    );
  }
}
