import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import type { Logger } from './core/logger.js';
import type { TreeChange } from './core/tree.js';
import type { FuseBinding, Mount } from './fuse/binding.js';
import { untilSilent } from './fuse/mount-pulse.js';
import { tellChanges } from './fuse/tell-changes.js';
import type { MountReport } from './server/surface.js';
import type { FileSystem } from './vfs/file-system.js';

export interface TreeMountOptions {
  readonly mountpoint: string;
  readonly settings: Config['mount'];
  readonly binding: FuseBinding;
  readonly fileSystem: FileSystem;
  readonly logger: Logger;
  /** Does the mounting, with what has to be done around it. */
  readonly mounting: (mount: () => Promise<Mount>) => Promise<Mount>;
  /** Hears that the tree is not mounted any more although nobody here unmounted it. */
  readonly onLost: () => void;
  /** Hears that the mount does not answer any more although this process goes on. */
  readonly onSilent: () => void;
}

/** The one mount of this process, from waiting for the first tree to its end. */
export class TreeMount {
  readonly #options: TreeMountOptions;
  #report: MountReport;
  /** Null before it is begun. */
  #making: Promise<Mount> | null = null;
  /** What the kernel is being told of. */
  #telling: Promise<void> = Promise.resolve();
  /** Fires when the end begins. */
  readonly #ending = new AbortController();

  constructor(options: TreeMountOptions) {
    this.#options = options;
    this.#report = {
      mountpoint: options.mountpoint,
      state: 'waiting',
      detail: 'Nothing is mounted until one account has answered completely for the first time.',
      binding: null,
      mountedMs: null,
    };
  }

  get report(): MountReport {
    return this.#report;
  }

  /** Mounts the tree, once; not any more once it is being ended. @throws {AppError} `config`, `storage` with the remedy. */
  async mount(): Promise<void> {
    if (this.#isEnding()) return;
    const { mountpoint, settings, binding, fileSystem, logger, mounting, onLost } = this.#options;
    this.#making = mounting(() => binding.mount(fileSystem, { mountpoint, ...settings }));
    const mount = await this.#making;
    void mount.closed.then(() => {
      if (!this.#isEnding()) onLost();
    });
    // An end may have come meanwhile: then it waits for this, and unmounts.
    if (this.#isEnding()) return;
    const mountedMs = systemClock.now();
    this.#report = { mountpoint, state: 'mounted', detail: '', binding: binding.name, mountedMs };
    logger.info({ mountpoint, binding: binding.name }, 'mounted');
    untilSilent(mountpoint, systemClock, this.#ending.signal)
      .then((isSilent) => {
        if (isSilent) this.#options.onSilent();
      })
      // Who is not watched is served all the same.
      .catch((error: unknown) => logger.error({ err: error }, 'the mount is not watched any more'));
  }

  /** Says that the end begins: nothing is mounted from now on. */
  ending(state: 'stopping' | 'gone'): void {
    this.#ending.abort();
    this.#report = { ...this.#report, state, detail: 'It is being ended.' };
  }

  /** Unmounts, also what is just being mounted. */
  async unmount(): Promise<void> {
    const made = await this.#making?.catch(() => null);
    if (made === null || made === undefined) return;
    await made.unmount();
    this.#options.logger.info({ mountpoint: this.#options.mountpoint }, 'unmounted');
  }

  /** Makes every running program see changes that were published. Never rejects. */
  changed(changes: readonly TreeChange[]): Promise<void> {
    const telling = this.#tell(changes);
    // Of what was told before nothing is kept: its results would hold each other for as long as the process runs.
    this.#telling = Promise.all([this.#telling, telling]).then(() => undefined);
    return telling;
  }

  /** Resolves once every change so far can be seen. */
  async told(): Promise<void> {
    await this.#telling;
  }

  async #tell(changes: readonly TreeChange[]): Promise<void> {
    // Also what is published while it is being made: the kernel may have looked at the tree by then.
    const mount = await this.#making?.catch(() => null);
    if (mount === null || mount === undefined) return;
    try {
      await tellChanges(mount, changes);
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the kernel was not told of a change');
    }
  }

  #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }
}
