/** Files that go on from one volume to the next. */
import type { Extent } from './archive.js';
import { numberBytes } from './rar5.js';
import type { VolumeSet } from './rar-volume-set.js';
import type { FilePiece } from './rar-volume.js';

export interface Followed {
  /** Empty for a file that cannot be read. */
  readonly extents: readonly Extent[];
  /** The volume in which it ends, having begun in another. */
  readonly lastVolume: number;
  /** Whether its last piece is there. */
  readonly isComplete: boolean;
}

/**
 * The pieces of a stored file that begins in a volume and goes on. Its second and its last piece are looked at. Those between
 * are as the second where their volumes have its size: headers have the same length in all of them, but for what
 * `likeSecond` knows. Where the sum is not the file's size, every piece is looked at.
 * @throws {AppError} `wrong-bytes` where the volumes do not tell the same.
 */
export async function followStored(
  set: VolumeSet,
  volume: number,
  first: FilePiece,
  predict: boolean,
): Promise<Followed> {
  const predicted = predict ? await pieces(set, volume, first, true) : null;
  const followed = predicted ?? (await pieces(set, volume, first, false));
  if (followed === null) throw set.damaged(volume, `the pieces of ${first.path} are not together what it is`);
  return followed;
}

/** Null where the volumes contradict each other. */
async function pieces(
  set: VolumeSet,
  volume: number,
  first: FilePiece,
  predict: boolean,
): Promise<Followed | null> {
  const count = await set.count();
  const extents: Extent[] = [];
  let left = first.size;
  const take = (at: number, { offset, length }: Place, confirmed: boolean): void => {
    if (length > 0) extents.push({ volume: at, offset, length, confirmed });
    left -= length;
  };
  take(volume, first, true);
  let second: FilePiece | null = null;
  for (let at = volume + 1; at < count; at += 1) {
    const mayPredict = predict && second !== null && at < count - 1;
    const place = mayPredict && second !== null ? await likeSecond(set, volume + 1, second, at) : null;
    if (place !== null && place.length < left) {
      take(at, place, false);
      continue;
    }
    const piece = await set.continuation(at, first);
    if (piece === null || piece.length > left) return null;
    take(at, piece, true);
    if (!piece.toNext) return left === 0 ? { extents, lastVolume: at, isComplete: true } : null;
    second ??= piece;
  }
  return { extents: [], lastVolume: count - 1, isComplete: false };
}

type Place = Pick<FilePiece, 'offset' | 'length'>;

/**
 * Where a piece is that fills its volume, as the second piece fills another of the same size. In RAR 5 the volume's number in the
 * main header grows by a byte at 128 and at 16384, and what is behind gives way. Null where it cannot be said.
 */
async function likeSecond(
  set: VolumeSet,
  secondAt: number,
  second: FilePiece,
  at: number,
): Promise<Place | null> {
  if (set.size(at) !== set.size(secondAt)) return null;
  const { format } = await set.walk(0);
  const grown = format === 'rar5' ? numberBytes(at) - numberBytes(secondAt) : 0;
  const length = second.length - grown;
  if (length <= 0 || numberBytes(length) !== numberBytes(second.length)) return null;
  return { offset: second.offset + grown, length };
}

/**
 * Where a file ends whose pieces nobody can use, so that their sizes tell nothing: the volumes that begin with more of it are
 * those up to its last one, which is looked for by halves.
 * @throws {AppError} `wrong-bytes` where the volumes do not tell the same.
 */
export async function followObstructed(set: VolumeSet, volume: number, first: FilePiece): Promise<Followed> {
  const count = await set.count();
  const missing = { extents: [], lastVolume: count - 1, isComplete: false };
  if (volume + 1 >= count) return missing;
  const goesOn = async (at: number): Promise<boolean> => (await set.continuation(at, first)) !== null;
  if (!(await goesOn(volume + 1))) throw set.damaged(volume + 1, `it does not go on with ${first.path}`);
  let known = volume + 1;
  let beyond = (await isEnd(set, known, first)) ? known + 1 : count;
  if (beyond === count && known < count - 1 && (await goesOn(count - 1))) known = count - 1;
  while (beyond - known > 1) {
    const middle = Math.floor((known + beyond) / 2);
    if (await goesOn(middle)) known = middle;
    else beyond = middle;
  }
  if (await isEnd(set, known, first)) return { extents: [], lastVolume: known, isComplete: true };
  if (known === count - 1) return missing;
  throw set.damaged(known + 1, `it does not go on with ${first.path}`);
}

async function isEnd(set: VolumeSet, at: number, of: FilePiece): Promise<boolean> {
  return (await set.continuation(at, of))?.toNext === false;
}
