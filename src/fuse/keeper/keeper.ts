import { closeSync } from 'node:fs';
import type { Clock } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
import { abortConnection } from '../kernel/abort.js';
import { openDevice } from '../kernel/device.js';
import { unmountAt } from '../unmount.js';
import type { KeptMount } from './kept-device.js';
import { isListedNow } from './listed-now.js';
import { Worker, type WorkerCommand, type WorkerEnd } from './worker.js';

export interface KeeperOptions {
  readonly worker: WorkerCommand;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** So many crashes in so long a time, in milliseconds: what crashes this often does so at every start. */
const maxCrashes = 30;
const crashWindowMs = 5 * 60_000;

/** How long a worker may take to end when it is asked to, in milliseconds: less than the nine seconds of the whole. */
const stopMs = 8_000;

/** After a worker that did not come to serve the next one waits so long, in milliseconds. */
const restMs = 1_000;

/** Exit code of a worker whose configuration is wrong: the next one's would be, too. */
const configurationExit = 2;

/** How often it is looked whether a killed worker can end, in milliseconds. */
const lookMs = 500;

/**
 * Keeps a mount alive over crashes of the process that serves it: it holds the device, and starts a new worker when one
 * dies. Programs wait meanwhile, and notice nothing: the kernel sends again what the dead worker had read and not answered.
 * It does nothing else, so that it has no reason to crash itself.
 */
export class Keeper {
  /** Resolves with the exit code once the last worker has ended; never rejects. */
  readonly stopped: Promise<number>;
  readonly #options: KeeperOptions;
  // INVARIANT: open until `stopped` resolves.
  #device: number;
  // INVARIANT: what is mounted with the device; null: nothing.
  #mounted: KeptMount | null = null;
  // INVARIANT: the one that serves; null before the first.
  #worker: Worker | null = null;
  // INVARIANT: null, or a worker that has the device and waits, because starting a process takes most of a pause.
  #next: Worker | null = null;
  #isStopping = false;
  /** Whether the present worker has mounted, or taken a mount over. */
  #hasServed = false;

  /** @throws {AppError} `config` when the device cannot be opened. */
  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#device = openDevice();
    this.stopped = this.#keep().finally(() => {
      this.#dismissNext();
      closeSync(this.#device);
    });
  }

  /** Asks the worker to unmount and end, and sees to it that both happen. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#worker?.kill('SIGTERM');
    const limit = new AbortController();
    const late = this.#options.clock.sleep(stopMs, limit.signal);
    late.then(
      () => this.#worker?.kill('SIGKILL'),
      () => undefined,
    );
    await this.stopped;
    limit.abort();
  }

  async #keep(): Promise<number> {
    try {
      return await this.#liveOn();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the keeper cannot go on');
      this.#worker?.kill('SIGKILL');
      await this.#unmount();
      return 1;
    }
  }

  async #liveOn(): Promise<number> {
    const { clock, logger } = this.#options;
    let crashesMs: number[] = [];
    for (let life = 0; ; life += 1) {
      const { code, signal, wasFreed } = await this.#live(life);
      const mounted = this.#mounted;
      // It unmounted, or had nothing mounted: what it ended with is what the whole ends with.
      if (mounted === null) return code ?? (this.#isStopping ? 0 : 1);
      const now = clock.monotonic();
      crashesMs = [...crashesMs, now].filter((atMs) => now - atMs < crashWindowMs);
      const isMistaken = code === configurationExit;
      if (this.#isStopping || isMistaken || crashesMs.length >= maxCrashes) {
        if (!this.#isStopping && !isMistaken)
          logger.error({ crashes: crashesMs.length }, 'it crashes again and again: given up');
        await this.#unmount();
        return isMistaken ? configurationExit : 1;
      }
      logger.error({ code, signal, life }, 'the process that serves the mount died; another takes over');
      if (wasFreed || !mounted.session.resends) this.#replaceDevice();
      if (!this.#hasServed) await clock.sleep(restMs);
    }
  }

  async #unmount(): Promise<void> {
    const { logger } = this.#options;
    if (this.#mounted === null) return;
    await unmountAt(this.#mounted.mountpoint).catch((error: unknown) =>
      logger.error({ err: error }, 'not unmounted'),
    );
  }

  /** Lets one worker serve to its end. `wasFreed`: at the cost of its mount. */
  async #live(life: number): Promise<WorkerEnd & { readonly wasFreed: boolean }> {
    const worker = this.#next ?? this.#startWorker();
    this.#next = null;
    this.#worker = worker;
    this.#hasServed = false;
    worker.serve({ life, mounted: this.#mounted });
    if (this.#isStopping) worker.kill('SIGTERM');
    const over = new AbortController();
    const watch = this.#watch(worker, over.signal);
    const end = await worker.ended;
    over.abort();
    return { ...end, wasFreed: await watch };
  }

  #startWorker(): Worker {
    const worker: Worker = new Worker(this.#options.worker, this.#device, (message) => {
      if (message.kind === 'ready') {
        if (worker === this.#next) this.#options.logger.info({}, 'another process is ready to take over');
      } else if (worker === this.#worker) this.#heard(message.mounted);
    });
    return worker;
  }

  /** Takes a worker's word for what is mounted only where it is: the keeper may unmount it as root. */
  #heard(mounted: KeptMount | null): void {
    if (mounted !== null && !isListedNow(mounted)) return;
    this.#mounted = mounted;
    this.#hasServed ||= mounted !== null;
    // Once this one serves, so that it starts no slower.
    if (mounted !== null) this.#standBy();
  }

  /** Has a worker ready for the next crash; one that dies meanwhile is replaced. */
  #standBy(): void {
    if (this.#next !== null || this.#isStopping) return;
    const next = this.#startWorker();
    this.#next = next;
    void next.ended.then(async () => {
      if (this.#next !== next) return;
      this.#next = null;
      await this.#options.clock.sleep(restMs);
      if (this.#mounted !== null) this.#standBy();
    });
  }

  #dismissNext(): void {
    const next = this.#next;
    this.#next = null;
    next?.kill('SIGKILL');
  }

  /**
   * Frees a worker that was killed while one of its threads told the kernel of a change: the thread waits for a lock that a
   * program holds, which waits for an answer of the next worker, which waits for the end of this one. Such a mount is given
   * up, and made anew.
   * @returns whether it was freed.
   */
  async #watch(worker: Worker, over: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#options;
    let wasFreed = false;
    for (let looks = 0; ; looks = worker.isStuck ? looks + 1 : 0) {
      if (looks >= 2 && !wasFreed && this.#mounted !== null) {
        if (looks === 2) logger.error({}, 'the dead process cannot end: its mount is ended and made anew');
        try {
          abortConnection(this.#mounted.device);
          wasFreed = true;
        } catch (error) {
          logger.debug({ err: error }, 'not ended');
        }
      }
      try {
        await clock.sleep(lookMs, over);
      } catch {
        return wasFreed;
      }
    }
  }

  /** Lets a mount go whose requests the kernel does not send again; the next worker clears it and mounts anew. */
  #replaceDevice(): void {
    const device = openDevice();
    this.#dismissNext();
    closeSync(this.#device);
    this.#device = device;
    this.#mounted = null;
  }
}
