/** A process that answers each line it is sent with a line of JSON, from its first line to its end. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long it may take to begin, to answer and to end. */
export const answerSeconds = 20;

export class LineProcess {
  #child;
  #lines;
  #exited;
  /** What it has written to stderr. */
  errors = '';

  constructor([command, ...args]) {
    // In a process group of its own: Ctrl-C is for the one who cleans up.
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#exited = new Promise((resolve) => this.#child.once('close', resolve).once('error', resolve));
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (text) => (this.errors += text));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** What it says next. */
  async nextLine() {
    const late = sleep(answerSeconds * 1000, { done: true }, { ref: false });
    const { done, value } = await Promise.race([this.#lines.next(), late]);
    if (done) throw new Error(`The server did not answer. ${this.errors.trim()}`.trim());
    return JSON.parse(value);
  }

  /** @returns what it answers to a command. */
  async ask(command) {
    this.#child.stdin.write(`${command}\n`);
    return await this.nextLine();
  }

  /** Asks it to end. @param onStuck what to do when it does not, before it is killed. */
  async stop(onStuck = () => {}) {
    this.#child.stdin.end('quit\n');
    if (await this.#isGoneInTime()) return;
    await onStuck();
    this.#child.kill('SIGKILL');
    await this.#isGoneInTime();
  }

  async #isGoneInTime() {
    const gone = this.#exited.then(() => true);
    return await Promise.race([gone, sleep(answerSeconds * 1000, false, { ref: false })]);
  }
}
