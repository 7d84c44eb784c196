import type { AccountName } from '../core/account.js';
import { accountKeyRange, itemKeyRange, type Source } from '../core/content.js';
import type { LinkStore } from '../core/link-store.js';
import type { Link } from '../core/provider.js';
import type { Connection } from './database.js';

/** Links as rows, for the store's one writer. */
export class LinkRows {
  readonly #put;
  readonly #dropRange;

  constructor(db: Connection) {
    this.#put = db.prepare(
      `INSERT INTO link (source, url, born_ms) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET url = excluded.url, born_ms = excluded.born_ms`,
    );
    this.#dropRange = db.prepare('DELETE FROM link WHERE source >= ? AND source < ?');
  }

  put(key: string, link: Link): void {
    this.#put.run(key, link.url, link.bornMs);
  }

  /** Drops the links of all files of an item. */
  dropItem(item: Pick<Source, 'account' | 'list' | 'itemId'>): void {
    const [from, to] = itemKeyRange(item);
    this.#dropRange.run(from, to);
  }
}

/** How links reach the one writer, which may live in another thread. */
export interface LinkWriter {
  putLink(key: string, link: Link): Promise<void>;
}

/**
 * Links that outlive the process: read here, written through the one writer of the store.
 *
 * INVARIANT: `#unwritten` holds exactly what was put and is not yet known to be on disk, so that
 * `get` never answers with what has been replaced.
 */
export class StoredLinks implements LinkStore {
  readonly #get;
  readonly #bornSince;
  readonly #writer: LinkWriter;
  readonly #onError: (error: unknown) => void;
  readonly #unwritten = new Map<string, Link>();

  /** @param onError hears of links that could not be kept; they stay good while the process lives. */
  constructor(db: Connection, writer: LinkWriter, onError: (error: unknown) => void) {
    this.#get = db.prepare<[string], Link>('SELECT url, born_ms AS bornMs FROM link WHERE source = ?');
    this.#bornSince = db.prepare<[string, string, number], { bornMs: number }>(
      'SELECT born_ms AS bornMs FROM link WHERE source >= ? AND source < ? AND born_ms > ?',
    );
    this.#writer = writer;
    this.#onError = onError;
  }

  get(key: string): Link | undefined {
    return this.#unwritten.get(key) ?? this.#get.get(key);
  }

  /** When the links of an account that are younger than a wall clock time were made. */
  bornSince(account: AccountName, sinceMs: number): number[] {
    const [from, to] = accountKeyRange(account);
    return this.#bornSince.all(from, to, sinceMs).map(({ bornMs }) => bornMs);
  }

  put(key: string, link: Link): void {
    this.#unwritten.set(key, link);
    this.#writer.putLink(key, link).then(() => {
      if (this.#unwritten.get(key) === link) this.#unwritten.delete(key);
    }, this.#onError);
  }
}
