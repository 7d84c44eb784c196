import type { ArchiveVolume, Extent, Layout, LeftOutFile, ReadVolume, StoredFile } from './archive.js';
import { OpaqueArchive } from './rar-block.js';
import { followObstructed, followStored } from './rar-split.js';
import { VolumeSet } from './rar-volume-set.js';
import type { FilePiece } from './rar-volume.js';

export interface LayoutOptions {
  /**
   * Whether places in volumes between may be concluded from those around them; default true. Without it every volume is read.
   */
  readonly predict?: boolean;
}

const missingBefore = 'It begins in a volume that is not there.';
const missingAfter = 'It goes on in a volume that is not there.';
const contradiction = 'The archive tells two sizes of it.';
const twice = 'Another file in the archive has the same path.';

/**
 * What is in a RAR archive, by its headers. Of many volumes it looks at the first, the last, and those in which a file begins, ends or
 * has its second piece; where each piece is in the others follows from that, and their sum must be the file's size.
 * @throws whatever `read` throws; {AppError} `wrong-bytes`, to be tried again later, where headers do not check out.
 */
export async function readLayout(
  volumes: readonly ArchiveVolume[],
  read: ReadVolume,
  { predict = true }: LayoutOptions = {},
): Promise<Layout> {
  try {
    const found = await walk(new VolumeSet(volumes, read), predict);
    const { files, leftOut } = found;
    return files.length > 0
      ? { kind: 'stored', files, leftOut }
      : { kind: 'opaque', reason: opaqueReason(leftOut) };
  } catch (error) {
    if (error instanceof OpaqueArchive) return { kind: 'opaque', reason: error.message };
    throw error;
  }
}

async function walk(set: VolumeSet, predict: boolean): Promise<Found> {
  const found = new Found();
  const count = await set.count();
  for (let volume = 0, taken = 0; volume < count;) {
    const { pieces } = await set.walk(volume);
    let goesOnAt: number | null = null;
    for (const piece of pieces.slice(taken)) {
      if (piece.fromPrevious && volume > 0) {
        throw set.damaged(volume, 'it goes on with a file of which no volume before it tells');
      }
      if (!piece.toNext) {
        found.add(piece, whole(piece, volume), piece.fromPrevious ? missingBefore : null);
        continue;
      }
      const isReadable = piece.obstacle === null && !piece.isFolder && !piece.fromPrevious;
      const followed = isReadable
        ? await followStored(set, volume, piece, predict)
        : await followObstructed(set, volume, piece);
      const missing = followed.isComplete ? null : missingAfter;
      found.add(piece, followed.extents, piece.fromPrevious ? missingBefore : missing);
      goesOnAt = followed.isComplete ? followed.lastVolume : count;
    }
    taken = goesOnAt === null ? 0 : 1;
    volume = goesOnAt ?? volume + 1;
  }
  return found;
}

function whole({ offset, length }: FilePiece, volume: number): readonly Extent[] {
  return length === 0 ? [] : [{ volume, offset, length, confirmed: true }];
}

/** What a walk has found so far. */
class Found {
  readonly files: StoredFile[] = [];
  readonly leftOut: LeftOutFile[] = [];
  readonly #paths = new Set<string>();

  /** `missing` tells of pieces in volumes that are not there; null: none. */
  add(
    { path, size, obstacle, isFolder }: FilePiece,
    extents: readonly Extent[],
    missing: string | null,
  ): void {
    if (isFolder) return;
    const sum = extents.reduce((bytes, { length }) => bytes + length, 0);
    const twofold = this.#paths.has(path) ? twice : null;
    const reason = obstacle ?? missing ?? twofold ?? (sum === size ? null : contradiction);
    if (reason === null) {
      this.files.push({ path, size, extents });
      this.#paths.add(path);
    } else this.leftOut.push({ path, reason });
  }
}

/** One sentence where no file can be read. */
function opaqueReason(leftOut: readonly LeftOutFile[]): string {
  const [first] = leftOut;
  if (first === undefined) return 'There is no file in the archive.';
  const isOne = leftOut.every(({ reason }) => reason === first.reason);
  return isOne
    ? `No file in the archive can be read. ${first.reason}`
    : `No file in the archive can be read. ${first.path}: ${first.reason}`;
}
