import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { NotifyReport } from '../core/notify-report.js';
import type { Tree, TreeChange } from '../core/tree.js';
import { fileChanges } from './collect.js';
import { createTarget, kindOf, type TargetSettings } from './create-target.js';
import { Notifier, type NotifierOptions } from './notifier.js';
import { pathMap } from './path-map.js';

/** What is still to be told is written at most that often, in milliseconds: while somebody is away, it may be megabytes. */
const keepMs = 1_000;

/** Where what has still to be told outlives the process. */
export interface NewsFile {
  /** Null where there is none yet. @throws {AppError} `storage`. */
  load(): string | null;
  /** @throws {AppError} `storage`. */
  save(text: string): void;
}

export interface NotifiersOptions extends Pick<NotifierOptions, 'waitsFor' | 'exists'> {
  readonly targets: readonly TargetSettings[];
  readonly mountpoint: string;
  readonly tree: Pick<Tree, 'node'>;
  readonly file: NewsFile;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All targets, and what each has still to be told. */
export class Notifiers {
  readonly #options: NotifiersOptions;
  readonly #byKey: ReadonlyMap<string, Notifier>;
  #nextKeepMs = -Infinity;
  /** Calls off that it is kept once that time has come; null where nothing has changed since. */
  #callOff: (() => void) | null = null;
  /** Whether it was already said that news cannot be kept. */
  #hasWarned = false;

  /** @throws {AppError} `config` when a target cannot be used as it is. */
  constructor(options: NotifiersOptions) {
    this.#options = options;
    const { targets, mountpoint, clock, logger } = options;
    const byKey = new Map<string, Notifier>();
    const names = new Set<string>();
    for (const settings of targets) {
      const { key, target } = createTarget(settings, clock, logger);
      const map = pathMap(mountpoint, settings.pathMap);
      const name = free(target.name, names, ' ');
      names.add(name);
      const notifier = new Notifier({ ...options, target, name, map, onTold: () => this.#keepSoon() });
      byKey.set(free(key, byKey, '-'), notifier);
    }
    this.#byKey = byKey;
  }

  get reports(): readonly NotifyReport[] {
    return [...this.#byKey.values()].map((notifier) => notifier.report);
  }

  /** Starts with what the last process had still to tell. */
  start(): void {
    const { file, logger } = this.#options;
    try {
      const kept: unknown = JSON.parse(file.load() ?? '{}');
      if (typeof kept === 'object' && kept !== null) this.#restore(kept);
    } catch (error) {
      logger.warn({ err: error }, 'what was still to be told to media servers could not be read');
    }
    for (const notifier of this.#byKey.values()) notifier.start();
  }

  /** Takes over changes of the tree, which is as it is after them. */
  changed(changes: readonly TreeChange[]): void {
    if (this.#byKey.size === 0) return;
    const notifiers = [...this.#byKey.values()];
    const isWanted = (folder: string): boolean => notifiers.some((notifier) => notifier.isToldOf(folder));
    const files = fileChanges(changes, this.#options.tree, isWanted);
    if (files.length === 0) return;
    if (notifiers.map((notifier) => notifier.changed(files)).includes(true)) this.#keepSoon();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#byKey.values()].map((notifier) => notifier.stop()));
    if (this.#callOff !== null) this.#keep();
  }

  /** News whose target is gone are for the next one of its kind that has none: most likely its address was corrected. */
  #restore(kept: object): void {
    const heirs = new Set([...this.#byKey.keys()].filter((key) => !Object.hasOwn(kept, key)));
    for (const [key, news] of Object.entries(kept)) {
      const heir = this.#byKey.has(key) ? key : [...heirs].find((other) => kindOf(other) === kindOf(key));
      if (heir === undefined) continue;
      heirs.delete(heir);
      this.#byKey.get(heir)?.restore(news);
    }
  }

  #keepSoon(): void {
    const { clock } = this.#options;
    const waitMs = this.#nextKeepMs - clock.monotonic();
    if (waitMs <= 0) this.#keep();
    else this.#callOff ??= clock.after(waitMs, () => this.#keep());
  }

  #keep(): void {
    const { file, clock, logger } = this.#options;
    this.#callOff?.();
    this.#callOff = null;
    this.#nextKeepMs = clock.monotonic() + keepMs;
    try {
      const kept = [...this.#byKey].map(([key, notifier]) => [key, notifier.toJson()] as const);
      file.save(`${JSON.stringify(Object.fromEntries(kept))}\n`);
      this.#hasWarned = false;
    } catch (error) {
      if (!this.#hasWarned)
        logger.warn({ err: error }, 'what is still to be told to media servers is not kept');
      this.#hasWarned = true;
    }
  }
}

/** A name, numbered where others have it. */
function free(name: string, taken: { has(name: string): boolean }, divider: string): string {
  let found = name;
  for (let count = 2; taken.has(found); count += 1) found = `${name}${divider}${count}`;
  return found;
}
