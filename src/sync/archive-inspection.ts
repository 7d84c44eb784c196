import { readLayout } from '../archives/rar-layout.js';
import type { Clock } from '../core/clock.js';
import type { ContentId } from '../core/content.js';
import { toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Peek } from '../core/reading.js';
import { Postponed } from '../core/postponed.js';
import type { TreeChange } from '../core/tree.js';
import type { VolumeSet } from './archives.js';
import type { LibraryWriter } from './library-writer.js';

export interface ArchiveInspectionOptions {
  readonly library: Pick<LibraryWriter, 'unknownArchives' | 'applyLayout'>;
  readonly peek: Peek;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of every published change. */
  readonly onChanges: (changes: readonly TreeChange[]) => void;
}

/** Sets asked for at once. */
const askedAtOnce = 20;
/**
 * Each volume that is looked at costs a link. After the first few, one every five seconds is what TorBox refills (about 100 in five
 * minutes, observed): so a new library leaves its readers what they need.
 */
const unhurried = { afterVolumes: 20, pauseForVolumeMs: 5_000 };
/** A set that cannot be read is tried again after ten minutes, then less and less often. */
const retryMs = { base: 10 * 60_000, max: 24 * 3_600_000 };

/** Looks into archives, one after the other, so that what is stored inside of them can be shown. */
export class ArchiveInspection {
  readonly #options: ArchiveInspectionOptions;
  // INVARIANT: at most one inspection runs; null when none does.
  #running: Promise<void> | null = null;
  /** Volumes looked at since the start. */
  #looked = 0;
  /** By first volume. */
  readonly #postponed: Postponed<ContentId>;

  constructor(options: ArchiveInspectionOptions) {
    this.#options = options;
    this.#postponed = new Postponed(options.clock, retryMs);
  }

  /** Starts looking into what nobody has looked into, if that is not being done. */
  start(signal: AbortSignal): void {
    this.#running ??= this.#inspectAll(signal)
      .catch((thrown: unknown) => {
        if (!signal.aborted) this.#options.logger.error({ err: thrown }, 'archives could not be looked into');
      })
      .finally(() => (this.#running = null));
  }

  /** Resolves when nothing is being looked into. Never rejects. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #inspectAll(signal: AbortSignal): Promise<void> {
    const { library, clock } = this.#options;
    for (;;) {
      const limit = askedAtOnce + this.#postponed.size;
      const unknown = await library.unknownArchives(limit);
      if (unknown.length < limit) {
        const wanted = new Set(unknown.map(({ volumes }) => volumes[0]?.content));
        this.#postponed.keep((content) => wanted.has(content));
      }
      const due = unknown.filter((set) => this.#isDue(set));
      if (due.length === 0) return;
      for (const set of due) {
        if (signal.aborted) return;
        const looked = await this.#inspect(set, signal);
        this.#looked += looked;
        if (this.#looked <= unhurried.afterVolumes) continue;
        await clock.sleep(looked * unhurried.pauseForVolumeMs, signal).catch(() => undefined);
      }
    }
  }

  /** @returns how many volumes were looked at. */
  async #inspect(set: VolumeSet, signal: AbortSignal): Promise<number> {
    const { library, peek, logger, onChanges } = this.#options;
    const looked = new Set<number>();
    const read = (index: number, offset: number, length: number): Promise<Uint8Array> => {
      const volume = set.volumes[index];
      if (volume === undefined) throw new RangeError('a volume that is none');
      looked.add(index);
      const inside = Math.max(0, Math.min(length, volume.size - offset));
      return inside === 0 ? Promise.resolve(new Uint8Array(0)) : peek(volume.content, offset, inside, signal);
    };
    const [first] = set.volumes;
    try {
      const layout = await readLayout(set.volumes, read);
      const changes = await library.applyLayout(set, layout);
      if (changes.length > 0) onChanges(changes);
    } catch (thrown) {
      if (signal.aborted || first === undefined) return looked.size;
      this.#postponed.postpone(first.content);
      const { code, message } = toAppError(thrown);
      logger.info({ code, file: first.name }, `an archive could not be looked into yet: ${message}`);
    }
    return looked.size;
  }

  #isDue({ volumes }: VolumeSet): boolean {
    const [first] = volumes;
    return first !== undefined && this.#postponed.isDue(first.content);
  }
}
