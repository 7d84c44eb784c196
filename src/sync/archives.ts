import type { Layout, StoredFile } from '../archives/archive.js';
import { volumeSets } from '../archives/volumes.js';
import type { ContentId } from '../core/content.js';
import { groupBy } from '../core/group-by.js';
import type { TorrentKey } from '../core/torrent.js';
import { identify } from '../library/identity.js';
import { splitRoot } from '../library/raw-paths.js';
import { ArchiveStore, type StoredExtent } from '../store/archives.js';
import type { ContentStore } from '../store/contents.js';
import type { Connection } from '../store/database.js';
import type { HeldFileOfTorrent } from '../store/held-files.js';
import type { ItemStore } from '../store/items.js';

/** One volume of an archive. */
export interface Volume {
  readonly content: ContentId;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** The volumes of one archive, in order. */
export interface VolumeSet {
  readonly torrent: TorrentKey;
  readonly volumes: readonly Volume[];
  /** Whether it is the one into which a service packed its torrent. */
  readonly packed: boolean;
}

const incomplete = 'A volume of this archive is not there.';

/** Which archives there are, and what is inside of them. Only inside the librarian's transaction, or to look. */
export class Archives {
  readonly #store: ArchiveStore;
  readonly #items: ItemStore;
  readonly #contents: ContentStore;

  constructor(db: Connection, items: ItemStore, contents: ContentStore) {
    this.#store = new ArchiveStore(db);
    this.#items = items;
    this.#contents = contents;
  }

  /** Sets that nobody has looked into, at most `limit`. */
  unknown(limit: number): VolumeSet[] {
    const sets: VolumeSet[] = [];
    for (const torrent of this.#store.candidates()) {
      if (sets.length >= limit) break;
      sets.push(...this.#unknownIn(torrent));
    }
    return sets.slice(0, limit);
  }

  /** To be called when somebody tells other files of a torrent than before: a volume that was missing may be there now. */
  filesChanged(torrent: TorrentKey): void {
    this.#store.forgetSealed(torrent);
  }

  /** Takes over what is inside of a set. */
  apply({ torrent, volumes, packed }: VolumeSet, layout: Layout): void {
    const contents = volumes.map(({ content }) => content);
    const [first] = contents;
    if (first === undefined) return;
    const files = layout.kind === 'stored' ? layout.files : [];
    this.#store.putSet(contents, layout.kind === 'opaque' ? layout.reason : null);
    const identities = identify(files);
    const paths = files.map(({ path }) => path);
    // What a service packed are the torrent's own files, with their root folder or without.
    const told = packed ? splitRoot(paths).paths : paths;
    for (const [index, file] of files.entries()) {
      const identity = identities[index];
      if (identity === undefined) continue;
      const content = this.#contents.ensure({ torrent, ...identity, packed: false });
      this.#store.putFile(content, first, told[index] ?? file.path, extentsOf(file, contents));
    }
  }

  #unknownIn(torrent: TorrentKey): VolumeSet[] {
    const held = this.#items.filesOfTorrent(torrent).filter(({ inVolumes }) => !inVolumes);
    const sets = new Map<ContentId, VolumeSet>();
    const inSets = new Set<ContentId>();
    for (const files of groupBy(held, ({ item }) => item).values()) {
      for (const indexes of volumeSets(files)) {
        const volumes = indexes.flatMap((index) => files[index] ?? []);
        const [first] = volumes;
        for (const { content } of volumes) inSets.add(content);
        if (first === undefined || volumes.every(({ content }) => this.#store.isKnown(content))) continue;
        const known = sets.get(first.content);
        if ((known?.volumes.length ?? 0) < volumes.length)
          sets.set(first.content, { torrent, volumes: volumes.map(volumeOf), packed: first.packed });
      }
    }
    for (const { content, baseName } of held)
      if (/\.rar$/i.test(baseName) && !inSets.has(content) && !this.#store.isKnown(content))
        this.#store.putSet([content], incomplete);
    return [...sets.values()];
  }
}

function volumeOf({ content, baseName, size }: HeldFileOfTorrent): Volume {
  return { content, name: baseName, size };
}

function extentsOf({ extents }: StoredFile, volumes: readonly ContentId[]): StoredExtent[] {
  let at = 0;
  return extents.flatMap(({ volume, offset, length, confirmed }) => {
    const content = volumes[volume];
    if (content === undefined || length === 0) return [];
    const extent = { at, number: volume, volume: content, offset, length, confirmed };
    at += length;
    return [extent];
  });
}
