import { write, writeSync, writevSync } from 'node:fs';

/**
 * A mounted device, as all who write to it share it. Who reads it closes it, and lets go of it before: from then on nothing
 * is written, because the number may be another file's the next moment, and an answer would go there.
 */
export class OpenDevice {
  readonly descriptor: number;
  #isOpen = true;
  /** Writes that one of libuv's threads has to do, or does. */
  #later = 0;
  #onIdle: () => void = () => undefined;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** Writes bytes at once; nothing once it was let go. @throws {Error} of the system. */
  write(bytes: Uint8Array, length = bytes.length): void {
    if (this.#isOpen) writeSync(this.descriptor, bytes, 0, length);
  }

  /** The same of several pieces, as one message. */
  writeAll(pieces: readonly Uint8Array[]): void {
    if (this.#isOpen) writevSync(this.descriptor, pieces);
  }

  /** Writes from one of libuv's threads, which may have to wait. @returns what went wrong, or null. */
  writeLater(bytes: Uint8Array): Promise<NodeJS.ErrnoException | null> {
    if (!this.#isOpen) return Promise.resolve(null);
    this.#later += 1;
    return new Promise((resolve) => {
      write(this.descriptor, bytes, (error) => {
        this.#later -= 1;
        if (this.#later === 0) this.#onIdle();
        resolve(error);
      });
    });
  }

  /** Ends all writing. Resolves once nothing is being written any more: then it may be closed. */
  letGo(): Promise<void> {
    this.#isOpen = false;
    if (this.#later === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }
}
