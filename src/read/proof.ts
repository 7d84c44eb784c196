import { confirmsExtent } from '../archives/confirm.js';
import { sourceKey, type Content, type Source } from '../core/content.js';
import type { Logger } from '../core/logger.js';
import type { Agreement } from './agreement.js';
import type { BandwidthShare } from './bandwidth.js';
import type { BlockCache } from './block-cache.js';
import { blockBytes, blockLength } from './blocks.js';
import type { DiskCache } from './disk/disk-cache.js';
import { sourceTag } from './disk/record.js';
import type { Giver } from './feed.js';
import { ObservedFailure } from './observation.js';
import { reachOf, type Reach } from './reach.js';
import type { Served } from './source-choice.js';

/** What all proofs share. */
export interface ProofParts {
  readonly sources: (content: Content) => readonly Source[];
  readonly agreement: Agreement;
  readonly blocks: Pick<BlockCache, 'take'>;
  readonly disk: () => DiskCache | null;
  readonly logger: Logger;
}

/** How bytes are asked for to prove something by. Failures are noted by whoever asks. */
export interface Asking {
  /** A source with its link; null where the account gives none. */
  giverAt(reach: Reach, source: Source, served: Served, signal: AbortSignal): Promise<Giver | null>;
  /** Fills a buffer with the content's bytes from an offset on; false where they could not be had. */
  fetch(
    giver: Giver,
    start: number,
    into: Buffer,
    share: BandwidthShare | null,
    signal: AbortSignal,
  ): Promise<boolean>;
  failed(giver: Giver, thrown: unknown, signal: AbortSignal): Promise<void>;
}

/** So many blocks on disk may turn out to be broken before none is taken for the known one. */
const maxRecalls = 8;

/**
 * Whether a source's bytes are those of a content: one block that is already known is compared before a second source is used,
 * and a volume of an archive says itself what lies in it before it is taken at the word of others.
 */
export class Proof {
  readonly #content: Content;
  readonly #parts: ProofParts;
  readonly #asking: Asking;
  /** Keys of volumes that were seen to hold what was concluded. */
  readonly #confirmed = new Set<string>();

  constructor(content: Content, parts: ProofParts, asking: Asking) {
    this.#content = content;
    this.#parts = parts;
    this.#asking = asking;
  }

  /**
   * Whether a source may be used. False where that could not be found out either; then it is noted why.
   * @throws {ObservedFailure} `mismatch` where it holds another file.
   */
  async holds(giver: Giver, share: BandwidthShare | null, signal: AbortSignal): Promise<boolean> {
    return (await this.#isConfirmed(giver, share, signal)) && (await this.#agrees(giver, share, signal));
  }

  /**
   * Fetches the known block from a source whose bytes nobody has seen yet. False where it could not be had, or the source must not
   * be used.
   */
  async #agrees(giver: Giver, share: BandwidthShare | null, signal: AbortSignal): Promise<boolean> {
    const { agreement, blocks, logger } = this.#parts;
    const { id, size, baseName } = this.#content;
    const { origin } = giver.reach;
    if (!agreement.knows(id)) await this.#recall();
    const witness = agreement.missing(id, origin);
    if (witness === null) return true;
    const start = witness.index * blockBytes;
    const block = blocks.take(blockLength(witness.index, size));
    try {
      // A block may lie in two volumes.
      for (let filled = 0; filled < block.bytes.length;) {
        const reach = reachOf(giver.source, start + filled, size);
        const part = block.bytes.subarray(filled, Math.min(block.bytes.length, reach.until - start));
        const from =
          reach.linked.ref === giver.linked.ref
            ? { ...giver, reach }
            : await this.#asking.giverAt(reach, giver.source, giver.served, signal);
        if (from === null || !(await this.#isConfirmed(from, share, signal))) return false;
        if (!(await this.#asking.fetch(from, start + filled, part, share, signal))) return false;
        filled += part.length;
      }
      if (agreement.compare(id, origin, block.bytes)) return true;
    } finally {
      block.release();
    }
    const { account } = giver.source;
    logger.warn({ account, file: baseName }, 'the account holds another file under the same name and size');
    throw new ObservedFailure({ kind: 'mismatch' });
  }

  /**
   * Whether a volume says itself that the file lies there where it was concluded to lie. Looked at once while the file is open.
   * False where it could not be looked at, or says something else.
   */
  async #isConfirmed(giver: Giver, share: BandwidthShare | null, signal: AbortSignal): Promise<boolean> {
    const { unconfirmed, shift } = giver.reach;
    if (unconfirmed === null || this.#confirmed.has(giver.key)) return true;
    const { inside, extent } = unconfirmed;
    const head = Buffer.alloc(extent.offset);
    // Where the file would go on before its piece, so that it is the start of the volume.
    if (!(await this.#asking.fetch(giver, -shift, head, share, signal))) return false;
    const file = { path: inside.path, size: this.#content.size, extents: [] };
    if (!confirmsExtent(head, file, extent))
      await this.#asking.failed(giver, new ObservedFailure({ kind: 'wrong-volume' }), signal);
    else this.#confirmed.add(giver.key);
    return this.#confirmed.has(giver.key);
  }

  /** Takes a block that is kept on disk for the known one, together with the source that gave it, before a restart. */
  async #recall(): Promise<void> {
    const disk = this.#parts.disk();
    for (let attempt = 0; attempt < maxRecalls; attempt += 1) {
      const kept = disk?.witness(this.#content) ?? null;
      if (disk === null || kept === null) return;
      const block = await disk.read(this.#content, kept.index);
      // Null: it was not as it was written, and is forgotten now; another one may be.
      if (block === null) continue;
      const keys = this.#parts.sources(this.#content).map((source) => sourceKey(source));
      const giver = keys.find((key) => sourceTag(key) === kept.source);
      this.#parts.agreement.recall(this.#content.id, kept.index, block.bytes, giver ?? null);
      block.release();
      return;
    }
  }
}
