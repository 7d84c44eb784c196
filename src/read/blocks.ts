/**
 * Bytes of a block; the last one of a content is shorter. 128 KiB is what the kernel asks for at once through libfuse2, so
 * one request touches one or two blocks; a reader that wants 36 KiB every few megabytes (subtitles of an mp4, traced
 * 2026-11) costs 3.5 times what it needs, where 1 MiB would cost 28 times.
 */
export const blockBytes = 128 * 1024;

/** Index of the block that holds the byte at `offset`. */
export function blockAt(offset: number): number {
  return Math.floor(offset / blockBytes);
}

/** How many blocks a content of `size` bytes has. */
export function blockCount(size: number): number {
  return Math.ceil(size / blockBytes);
}

/** Bytes of one block of a content of `size` bytes. */
export function blockLength(index: number, size: number): number {
  return Math.min(blockBytes, size - index * blockBytes);
}
