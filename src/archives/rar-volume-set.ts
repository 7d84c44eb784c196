import type { AppError } from '../core/errors.js';
import type { ArchiveVolume, ReadVolume } from './archive.js';
import { damaged } from './rar-block.js';
import { walkVolume, WalkBudget, type FilePiece, type WalkedVolume } from './rar-volume.js';

/** The volumes of one archive; each is read once at most. */
export class VolumeSet {
  readonly #volumes: readonly ArchiveVolume[];
  readonly #read: ReadVolume;
  readonly #budget = new WalkBudget();
  readonly #walked = new Map<number, WalkedVolume>();

  constructor(volumes: readonly ArchiveVolume[], read: ReadVolume) {
    this.#volumes = volumes;
    this.#read = read;
  }

  /** How many there are: one, whatever lies beside it, where the first says that it is the whole archive. */
  async count(): Promise<number> {
    if (this.#volumes.length === 0) return 0;
    return (await this.walk(0)).isVolume ? this.#volumes.length : 1;
  }

  size(index: number): number {
    return this.#volumes[index]?.size ?? 0;
  }

  /** @throws {AppError} `wrong-bytes`; whatever the reading throws; {OpaqueArchive} */
  async walk(index: number): Promise<WalkedVolume> {
    const known = this.#walked.get(index);
    if (known !== undefined) return known;
    const volume = this.#volumes[index];
    if (volume === undefined) throw new RangeError(`There is no volume ${index}.`);
    const walked = await walkVolume(volume, index, this.#read, this.#budget);
    const { format, isVolume } = index === 0 ? walked : await this.walk(0);
    if (walked.format !== format || walked.isVolume !== isVolume) {
      throw this.damaged(index, 'it is of another archive');
    }
    this.#walked.set(index, walked);
    return walked;
  }

  /** What a volume begins with, where that is more of this file. */
  async continuation(index: number, of: FilePiece): Promise<FilePiece | null> {
    const [first] = (await this.walk(index)).pieces;
    return first !== undefined && continues(first, of) ? first : null;
  }

  damaged(index: number, what: string): AppError {
    return damaged(this.#volumes[index]?.name ?? '', what);
  }
}

/** The size of a file that is not stored may be told by its last piece only. */
export function continues(next: FilePiece, of: FilePiece): boolean {
  if (!next.fromPrevious || next.path !== of.path) return false;
  return (
    of.obstacle !== null || (next.size === of.size && next.obstacle === null && next.isFolder === of.isFolder)
  );
}
