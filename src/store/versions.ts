import type { ContentId } from '../core/content.js';
import type { Inode } from '../core/tree.js';
import type { Connection } from './database.js';
import type { PlacedView } from './nodes.js';

/** A content as one version of a film or an episode. */
export interface VersionEntry {
  readonly content: ContentId;
  readonly view: PlacedView;
  /** The title's folder in that view. */
  readonly folder: Inode;
  /** Which film or episode of that title. */
  readonly of: string;
  readonly quality: number;
}

/** All versions below a title's folder, shown or not. On any connection. */
export function versionsBelow(db: Connection, folder: Inode): ContentId[] {
  const rows = db
    .prepare<[bigint], { content: ContentId }>('SELECT content FROM version WHERE folder = ?')
    .all(folder);
  return rows.map(({ content }) => content);
}

/**
 * Which contents are versions of one thing, whether shown or not. Of two the better one has the higher quality, then
 * the larger size, then was there first. Only on a writing connection, inside the caller's transaction.
 */
export class VersionStore {
  readonly #put;
  readonly #remove;
  readonly #best;
  readonly #othersShown;
  readonly #clear;
  readonly #isShown;
  readonly #slotsOf;

  constructor(db: Connection) {
    this.#put = db.prepare(
      `INSERT INTO version (content, view, folder, of, quality) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET folder = excluded.folder, of = excluded.of, quality = excluded.quality`,
    );
    this.#remove = db.prepare('DELETE FROM version WHERE content = ? AND view = ?');
    this.#best = db.prepare<[bigint, string], { content: ContentId }>(
      `SELECT v.content FROM version v JOIN content c ON c.id = v.content WHERE v.folder = ? AND v.of = ?
       ORDER BY v.quality DESC, c.size DESC, v.content LIMIT 1`,
    );
    this.#othersShown = db.prepare<[bigint, string, number], { content: ContentId }>(
      `SELECT v.content FROM version v JOIN node n ON n.content = v.content AND n.view = v.view
       WHERE v.folder = ? AND v.of = ? AND v.content <> ?`,
    );
    this.#slotsOf = db
      .prepare<[bigint], { view: PlacedView; folder: bigint; of: string }>(
        'SELECT view, folder, of FROM version WHERE content = ?',
      )
      .safeIntegers();
    this.#isShown = db.prepare<[number, string], { one: number }>(
      'SELECT 1 AS one FROM node WHERE content = ? AND view = ?',
    );
    this.#clear = db.prepare('DELETE FROM version');
  }

  /**
   * Enters a version, new or known.
   * @returns whether it is the best one, and which are best now where it was before, or here, and are not shown.
   */
  enter({ content, view, folder, of, quality }: VersionEntry): {
    readonly isBest: boolean;
    readonly uncovered: readonly ContentId[];
  } {
    const before = this.#slotsOf.all(BigInt(content)).find((slot) => slot.view === view);
    const moved = before !== undefined && (before.folder !== folder || before.of !== of);
    this.#put.run(content, view, folder, of, quality);
    const uncovered = moved ? this.#best.all(before.folder, before.of).map((row) => row.content) : [];
    const best = this.#best.get(folder, of)?.content;
    // One that was best may have become worse: another name of its torrent told another quality.
    if (best !== undefined && best !== content && this.#isShown.get(best, view) === undefined)
      uncovered.push(best);
    return { isBest: best === content, uncovered };
  }

  /** The other versions of the same that are shown. */
  othersShown({ content, folder, of }: VersionEntry): ContentId[] {
    return this.#othersShown.all(folder, of, content).map((row) => row.content);
  }

  /** Takes a content out of all views but some. @returns the ones that are best where it was. */
  leave(content: ContentId, keep: ReadonlySet<PlacedView>): ContentId[] {
    const left = this.#slotsOf.all(BigInt(content)).filter(({ view }) => !keep.has(view));
    return left.flatMap(({ view, folder, of }) => {
      this.#remove.run(content, view);
      return this.#best.all(folder, of).map((row) => row.content);
    });
  }

  clear(): void {
    this.#clear.run();
  }
}
