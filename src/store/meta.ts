import type { Connection } from './database.js';

/**
 * Facts about the store as a whole. `published`: a complete listing was applied once, so the tree can be trusted. `aged`: until
 * when files were moved that came of an age, wall clock milliseconds. `overrides`: what the user said when it was last understood.
 */
type MetaName = 'published' | 'aged' | 'overrides';

/** Named values kept with the library. */
export class Meta {
  readonly #get;
  readonly #set;

  constructor(db: Connection) {
    this.#get = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE name = ?');
    this.#set = db.prepare(
      'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
  }

  get(name: MetaName): string | undefined {
    return this.#get.get(name)?.value;
  }

  /** Only on a writing connection. */
  set(name: MetaName, value: string): void {
    this.#set.run(name, value);
  }
}
