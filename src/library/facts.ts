/** What placing a torrent starts from. */
import type { Identification } from '../core/identification.js';
import type { TorrentKey } from '../core/torrent.js';

export interface FactFile {
  /** Components as told, joined by `/`, the shared root folder left out. Untrusted. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** True for an archive into which a service packed the torrent: shown raw, never placed. */
  readonly packed: boolean;
}

export interface TorrentFacts {
  readonly torrent: TorrentKey;
  /** As told. Untrusted. */
  readonly name: string;
  /** The root folder that all files share; null where there is none or it was not told. Untrusted. */
  readonly root: string | null;
  /** When the first account added it, wall clock milliseconds UTC. */
  readonly addedMs: number;
  readonly files: readonly FactFile[];
  /** What a catalogue says it is; null or missing where none was asked, or none knew before it was shown. Untrusted. */
  readonly identification?: Identification | null;
}
