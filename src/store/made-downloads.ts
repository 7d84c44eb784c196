import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import type { MadeDownloads } from '../core/made-downloads.js';
import type { Connection } from './database.js';

/** Four times as long as Real-Debrid keeps a row (observed: a week). */
const keptMs = 28 * 24 * 3_600_000;

/** Downloads that were made here, as rows, for the store's one writer. */
export class MadeDownloadRows {
  readonly #put;
  readonly #dropOld;

  constructor(db: Connection) {
    this.#put = db.prepare('INSERT OR IGNORE INTO made_download (account, id, made_ms) VALUES (?, ?, ?)');
    this.#dropOld = db.prepare('DELETE FROM made_download WHERE made_ms < ?');
  }

  put(account: AccountName, id: string, nowMs: number): void {
    this.#put.run(account, id, nowMs);
  }

  /** Drops what no service tells of any more. */
  dropOld(nowMs: number): void {
    this.#dropOld.run(nowMs - keptMs);
  }
}

/** How they reach the one writer, which may live in another thread. */
export interface MadeDownloadWriter {
  putMadeDownload(account: AccountName, id: string, madeMs: number): Promise<void>;
}

/** Downloads that were made here: read here, written through the one writer of the store. */
export class StoredMadeDownloads implements MadeDownloads {
  readonly #has;
  readonly #writer: MadeDownloadWriter;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** INVARIANT: holds what was added and is not yet known to be on disk. */
  readonly #unwritten = new Set<string>();

  /** @param onError hears of those that could not be kept; they stay known while the process lives. */
  constructor(db: Connection, writer: MadeDownloadWriter, clock: Clock, onError: (error: unknown) => void) {
    this.#has = db.prepare<[string, string], object>(
      'SELECT 1 FROM made_download WHERE account = ? AND id = ?',
    );
    this.#writer = writer;
    this.#clock = clock;
    this.#onError = onError;
  }

  has(account: AccountName, id: string): boolean {
    return this.#unwritten.has(`${account} ${id}`) || this.#has.get(account, id) !== undefined;
  }

  add(account: AccountName, id: string): void {
    const key = `${account} ${id}`;
    this.#unwritten.add(key);
    this.#writer
      .putMadeDownload(account, id, this.#clock.now())
      .then(() => this.#unwritten.delete(key), this.#onError);
  }
}
