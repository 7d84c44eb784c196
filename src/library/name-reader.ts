import { readName, type NameEvidence } from './evidence.js';

/** Reads the names of one torrent, each only once: reading is what placing spends its time on. */
export class NameReader {
  readonly #known = new Map<string, NameEvidence>();

  /** @param name of a torrent, a folder, or a file without its extension. */
  read(name: string): NameEvidence {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const evidence = readName(name);
    this.#known.set(name, evidence);
    return evidence;
  }
}
