import { AppError } from '../core/errors.js';
import type { Extent, StoredFile } from './archive.js';
import { OpaqueArchive } from './rar-block.js';
import { firstBlockAt, formatOf, parseBlock, pieceOf } from './rar-volume.js';

/**
 * Whether a volume says itself that an extent which `readLayout` concluded lies there: the right volume (RAR 3 does not tell its
 * number at the start), more of this file, in this place, of this length, and not its end.
 * @param head the first `extent.offset` bytes of the volume, or more.
 */
export function confirmsExtent(head: Uint8Array, file: StoredFile, extent: Extent): boolean {
  try {
    return tells(head.subarray(0, extent.offset), file, extent);
  } catch (error) {
    if (error instanceof OpaqueArchive || error instanceof AppError) return false;
    throw error;
  }
}

function tells(head: Uint8Array, file: StoredFile, extent: Extent): boolean {
  const format = formatOf(head);
  if (format === null) return false;
  let isVolume = false;
  for (let at = firstBlockAt(format); at < head.length;) {
    const block = parseBlock(format, head.subarray(at), file.path);
    if (block.kind === 'cut' || block.kind === 'end') return false;
    at += block.headBytes;
    if (block.kind === 'file') {
      const piece = pieceOf(block, at);
      const isPlace = piece.offset === extent.offset && piece.length === extent.length;
      const isFile = piece.path === file.path && piece.size === file.size && !piece.isFolder;
      const isMiddle = piece.fromPrevious && piece.toNext;
      return isVolume && isPlace && isFile && isMiddle && piece.obstacle === null;
    }
    if (block.kind === 'main') {
      if (block.volumeNumber !== null && block.volumeNumber !== extent.volume) return false;
      isVolume = block.isVolume;
    }
    at += block.dataBytes;
  }
  return false;
}
