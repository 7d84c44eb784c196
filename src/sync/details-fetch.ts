import type { Clock } from '../core/clock.js';
import type { Provider } from '../core/provider.js';
import { RecentRate } from '../core/recent-rate.js';
import { Postponed } from '../core/postponed.js';
import type { FilesProgress } from '../core/sync-progress.js';
import type { ListName } from '../core/torrent.js';
import type { TreeChange } from '../core/tree.js';
import type { AwaitedItem } from '../store/items.js';
import type { AnsweredDetails } from './librarian.js';
import type { LibraryWriter } from './library-writer.js';

export interface DetailsFetchOptions {
  readonly provider: Provider;
  readonly library: LibraryWriter;
  readonly clock: Clock;
  /** Hears of every published change. */
  readonly onChanges: (changes: readonly TreeChange[]) => void;
  /** Hears why the account as a whole gives no details. */
  readonly onError: (error: unknown) => void;
}

/** Items asked for in one go: about ten seconds of Real-Debrid's budget. */
const askedAtOnce = 40;
/** Details applied in one transaction. */
const appliedAtOnce = 10;
/** An item whose details are not known yet is asked for again after a round a minute later, then less and less often. */
const retryMs = { base: 60_000, max: 3_600_000 };
/** The rate of the last minute tells how long the rest takes, in milliseconds: Real-Debrid counts its calls by the minute. */
const rateOverMs = 60_000;

/**
 * Fetches the details that the lists of one account leave out, newest items first, the lists taking turns. It outlasts
 * rounds, and goes on after a restart with what the store says is missing.
 */
export class DetailsFetch {
  readonly #options: DetailsFetchOptions;
  // INVARIANT: at most one fetching runs; null when none does.
  #running: Promise<void> | null = null;
  /** Items in each list whose files were not known when last looked. */
  readonly #awaiting = new Map<ListName, number>();
  /** How fast the fetching under way is. */
  #rate: RecentRate;
  /** Items whose details could not be had, by `keyOf`. */
  readonly #postponed: Postponed<string>;
  /** Whether there may be more to fetch than when it was last looked. */
  #isPoked = false;

  constructor(options: DetailsFetchOptions) {
    this.#options = options;
    this.#rate = new RecentRate(options.clock, rateOverMs);
    this.#postponed = new Postponed(options.clock, retryMs);
  }

  /** Items whose files were not known when last looked. */
  get awaiting(): number {
    return [...this.#awaiting.values()].reduce((sum, items) => sum + items, 0);
  }

  /** How fast they become known, and when all are that can be had now; null while none is asked for. */
  get pace(): Pick<FilesProgress, 'perSecond' | 'leftMs'> | null {
    const due = this.awaiting - this.#postponed.size;
    if (this.#running === null || due <= 0) return null;
    const { perSecond } = this.#rate;
    return { perSecond, leftMs: perSecond === null ? null : (due * 1_000) / perSecond };
  }

  /** Starts fetching what is missing, if it is not being done. */
  start(signal: AbortSignal): void {
    this.#isPoked = true;
    if (this.#running !== null) return;
    this.#rate = new RecentRate(this.#options.clock, rateOverMs);
    this.#running = this.#fetchAll(signal)
      .catch((thrown: unknown) => {
        if (!signal.aborted) this.#options.onError(thrown);
      })
      .finally(() => (this.#running = null));
  }

  /** Resolves when nothing is being fetched. Never rejects. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #fetchAll(signal: AbortSignal): Promise<void> {
    for (let asked = true; (asked || this.#isPoked) && !signal.aborted;) {
      asked = false;
      this.#isPoked = false;
      for (const list of this.#options.provider.lists) asked = (await this.#fetchSome(list, signal)) || asked;
    }
  }

  /** @returns whether anything was there to ask for. @throws what concerns more than one item. */
  async #fetchSome(list: ListName, signal: AbortSignal): Promise<boolean> {
    const { provider, library, onChanges } = this.#options;
    const due = await this.#due(list);
    if (due.size === 0) return false;
    const unanswered = new Set(due.keys());
    let batch: AnsweredDetails[] = [];
    const flush = async (): Promise<void> => {
      const details = batch;
      batch = [];
      if (details.length === 0) return;
      const changes = await library.applyDetails(provider.account, list, details);
      this.#rate.add(details.length);
      this.#awaiting.set(list, Math.max(0, (this.#awaiting.get(list) ?? 0) - details.length));
      if (changes.length > 0) onChanges(changes);
    };
    try {
      for await (const details of provider.details(list, [...unanswered], signal)) {
        const item = due.get(details.id);
        if (details.files === null || item === undefined) continue;
        unanswered.delete(details.id);
        this.#postponed.delete(keyOf(list, item));
        batch.push({ ...details, torrent: item.torrent, revision: item.revision });
        if (batch.length >= appliedAtOnce) await flush();
      }
    } catch (thrown) {
      // An item that makes the account fail whenever it is asked for must not keep the others from being asked for.
      const [failing = ''] = unanswered;
      const item = due.get(failing);
      if (item !== undefined) this.#postponed.postpone(keyOf(list, item));
      throw thrown;
    } finally {
      await flush();
    }
    for (const [id, item] of due) if (unanswered.has(id)) this.#postponed.postpone(keyOf(list, item));
    return true;
  }

  /** Items to ask for now, by id, as they are known before they are asked for. */
  async #due(list: ListName): Promise<Map<string, AwaitedItem>> {
    const { provider, library } = this.#options;
    const limit = askedAtOnce + this.#postponed.size;
    const { first, count } = await library.awaitingDetails(provider.account, list, limit);
    this.#awaiting.set(list, count);
    if (first.length < limit) {
      const wanted = new Set(first.map((item) => keyOf(list, item)));
      this.#postponed.keep((key) => !key.startsWith(`${list} `) || wanted.has(key));
    }
    const due = first.filter((item) => this.#postponed.isDue(keyOf(list, item)));
    return new Map(due.slice(0, askedAtOnce).map((item) => [item.id, item]));
  }
}

/** TorBox numbers its lists independently. What was changed since it could not be had is asked for at once. */
function keyOf(list: ListName, { id, revision }: AwaitedItem): string {
  return `${list} ${id} ${revision}`;
}
