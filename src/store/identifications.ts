import type { Identification } from '../core/identification.js';
import type { TorrentKey } from '../core/torrent.js';
import type { Connection } from './database.js';

/** What was learnt when a catalogue was asked about a torrent. */
export interface Answer {
  /** Null: the catalogue did not know it. */
  readonly known: Identification | null;
  /** Wall clock milliseconds. */
  readonly askedMs: number;
  /** Whether the torrent is placed by it: not where it came after the torrent was shown, until the user asks for it. */
  readonly used: boolean;
}

interface AnswerRow {
  readonly known: string | null;
  readonly askedMs: number;
  readonly used: number;
}

/** Answers of a catalogue by torrent. They stay when the torrent goes. */
export class Identifications {
  readonly #get;
  readonly #put;
  readonly #use;
  readonly #known;
  readonly #unasked;

  constructor(db: Connection) {
    this.#get = db.prepare<[string], AnswerRow>(
      'SELECT known, asked_ms AS askedMs, used FROM identification WHERE torrent = ?',
    );
    this.#put = db.prepare(
      `INSERT INTO identification (torrent, known, asked_ms, used) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET known = excluded.known, asked_ms = excluded.asked_ms, used = excluded.used`,
    );
    this.#use = db.prepare('UPDATE identification SET used = 1 WHERE torrent = ?');
    this.#known = db.prepare<[], { torrent: TorrentKey }>(
      'SELECT torrent FROM identification WHERE known IS NOT NULL',
    );
    this.#unasked = db.prepare<[number], { torrent: TorrentKey }>(
      `SELECT torrent FROM item LEFT JOIN identification USING (torrent)
       WHERE files_revision IS NOT NULL AND length(torrent) = 40
         AND (asked_ms IS NULL OR (known IS NULL AND asked_ms <= ?))
       GROUP BY torrent ORDER BY max(added_ms) DESC, torrent`,
    );
  }

  of(torrent: TorrentKey): Answer | null {
    const row = this.#get.get(torrent);
    if (row === undefined) return null;
    const known = row.known === null ? null : (JSON.parse(row.known) as Identification);
    return { known, askedMs: row.askedMs, used: row.used === 1 };
  }

  /** What the torrent is placed by; null: by its names alone. */
  usedOf(torrent: TorrentKey): Identification | null {
    const answer = this.of(torrent);
    return answer?.used === true ? answer.known : null;
  }

  /** Only on a writing connection. */
  put(torrent: TorrentKey, { known, askedMs, used }: Answer): void {
    this.#put.run(torrent, known === null ? null : JSON.stringify(known), askedMs, used ? 1 : 0);
  }

  /** Has a torrent placed by its answer from now on. Only on a writing connection. */
  use(torrent: TorrentKey): void {
    this.#use.run(torrent);
  }

  /** Torrents that the catalogue knew, held or not. */
  known(): TorrentKey[] {
    return this.#known.all().map(({ torrent }) => torrent);
  }

  /** Held torrents that nobody was asked about, and those that were not known at `missedMs` or before, the newest first. */
  unasked(missedMs: number): TorrentKey[] {
    return this.#unasked.all(missedMs).map(({ torrent }) => torrent);
  }
}
