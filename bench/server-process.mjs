/** A server of the benchmark as a process of its own, from its mount to its end. */
import { mkdtemp, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineProcess } from './line-process.mjs';
import { detach, deviceAt } from './mountpoints.mjs';

export class ServerProcess {
  #process;

  /**
   * Starts a server and waits until it has mounted.
   * @param server how to start it: `command(mountpoint, delayMs)` gives the program and its arguments.
   * @param folder where a mountpoint may be made.
   */
  static async start(server, { folder, delayMs, readAheadKib, signal }) {
    const mountpoint = await mkdtemp(join(folder, 'mount-'));
    const started = new ServerProcess(server.command(mountpoint, delayMs), mountpoint);
    try {
      await started.#process.nextLine();
      if (readAheadKib !== undefined) await started.#readAhead(readAheadKib);
      signal.throwIfAborted();
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  constructor(command, mountpoint) {
    this.mountpoint = mountpoint;
    this.#process = new LineProcess(command);
  }

  /** What the server has written to stderr. */
  get errors() {
    return this.#process.errors;
  }

  /** @returns what the server answers to a command. */
  ask(command) {
    return this.#process.ask(command);
  }

  /** Unmounts and ends the server, whatever state it is in. */
  async stop() {
    await this.#process.stop(() => detach(this.mountpoint));
    await detach(this.mountpoint);
    await rmdir(this.mountpoint).catch(() => {});
  }

  async #readAhead(kib) {
    const device = await deviceAt(this.mountpoint);
    await writeFile(`/sys/class/bdi/${device}/read_ahead_kb`, String(kib)).catch((cause) => {
      throw new Error('The read-ahead cannot be raised: run this as root.', { cause });
    });
  }
}
