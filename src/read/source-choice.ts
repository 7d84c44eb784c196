import type { AccountName } from '../core/account.js';
import type { Content, Source } from '../core/content.js';
import { sourceKey } from '../core/content.js';
import { AppError } from '../core/errors.js';
import type { Provider } from '../core/provider.js';
import type { Purpose } from '../core/reading.js';
import type { HttpClient } from './http/client.js';
import { reachOf, type Reach } from './reach.js';
import type { Pause, Standings } from './standings.js';
import type { StreamSlots } from './stream-slots.js';

/** An account and the way out to its file hosts. */
export interface Served {
  readonly provider: Provider;
  readonly client: HttpClient;
}

/** What a choice depends on. */
export interface ChoiceParts {
  readonly sources: (content: Content) => readonly Source[];
  readonly accounts: ReadonlyMap<AccountName, Served>;
  readonly standings: Standings;
  readonly slots: StreamSlots;
}

/** A source of a content that is ready, and the pause it is in, there where it is to be read. */
export interface Choice {
  /** As a whole. */
  readonly source: Source;
  readonly reach: Reach;
  readonly served: Served;
  readonly pause: Pause | null;
}

/** Which source of a content is asked next. */
export class SourceChoice {
  readonly #content: Content;
  readonly #pinnedTo: AccountName | null;
  readonly #parts: ChoiceParts;

  /** @param pinnedTo the only account that may be asked; null: any. */
  constructor(content: Content, pinnedTo: AccountName | null, parts: ChoiceParts) {
    this.#content = content;
    this.#pinnedTo = pinnedTo;
    this.#parts = parts;
  }

  /**
   * The first source that can be asked now, else the first whose account has all its slots in use, else the one whose
   * pause ends first, a pause worth waiting for before a lasting one.
   * @param start the byte that is wanted, by the origin that is to give it.
   * @throws {AppError} `no-source` when none is ready.
   */
  best(purpose: Purpose, start: (origin: string) => number): Choice {
    const { slots } = this.#parts;
    const rank = ({ pause, source }: Choice): number => {
      if (pause !== null) return pause.lasting ? Infinity : pause.untilMs;
      return slots.hasRoom(source.account, purpose) ? -2 : -1;
    };
    const [best] = this.#choices(start).sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
    if (best !== undefined) return best;
    const unready = this.#sources().find(({ reason }) => reason !== null);
    throw new AppError('no-source', unready?.reason ?? 'No account holds this file now.', {
      context: { account: unready?.account ?? null },
    });
  }

  /** Whether another account than this one can be asked now for the byte at an offset. */
  hasOther(than: AccountName, at: number): boolean {
    return this.#choices(() => at).some(({ pause, source }) => pause === null && source.account !== than);
  }

  #choices(start: (origin: string) => number): Choice[] {
    const { accounts, standings } = this.#parts;
    return this.#sources().flatMap((source): Choice[] => {
      const served = accounts.get(source.account);
      if (!source.ready || served === undefined) return [];
      const reach = reachOf(source, start(sourceKey(source)), this.#content.size);
      return [{ source, reach, served, pause: standings.pauseOf(reach.linked) }];
    });
  }

  #sources(): readonly Source[] {
    const all = this.#parts.sources(this.#content);
    return this.#pinnedTo === null ? all : all.filter(({ account }) => account === this.#pinnedTo);
  }
}
