import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import { prepareMountpoint, type Covering, type ReadyMountpoint } from './mountpoint.js';
import { readMounts, topMount } from './mountinfo.js';

/** How long a mountpoint is taken to be as it was seen, unless something was mounted there, in milliseconds. */
const freshMs = 10_000;

interface Seen {
  /** As it was asked for. */
  readonly asked: string;
  readonly ready: ReadyMountpoint;
  /** Monotonic. */
  readonly seenMs: number;
}

/**
 * Makes a mountpoint ready, early and again before it is mounted on. A mount that comes right after the start is not kept
 * waiting for another look; that nothing was mounted there meanwhile is known without one.
 */
export class MountpointPreparation {
  readonly #covering: Covering;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Null: the next look is not to be spared. */
  #last: Seen | null = null;

  constructor(covering: Covering, clock: Clock, logger: Logger) {
    this.#covering = covering;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @returns the path to mount on. @throws {AppError} what `prepareMountpoint` throws. */
  async ready(path: string): Promise<string> {
    const last = this.#last;
    this.#last = null;
    if (last?.asked === path && (await this.#isFresh(last))) return last.ready.path;
    const seenMs = this.#clock.monotonic();
    const ready = await prepareMountpoint(path, this.#covering, this.#logger);
    this.#last = { asked: path, ready, seenMs };
    return ready.path;
  }

  async #isFresh({ ready, seenMs }: Seen): Promise<boolean> {
    if (this.#clock.monotonic() - seenMs > freshMs) return false;
    const mount = topMount(await readMounts(), ready.path);
    return mount?.id === ready.mount?.id && mount?.device === ready.mount?.device;
  }
}
