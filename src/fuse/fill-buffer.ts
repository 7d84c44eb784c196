import { AppError } from '../core/errors.js';

/**
 * Copies slices into the kernel's buffer, all of them or none: the kernel takes a short answer for the end of the file
 * and cuts the file off there, in its cache too.
 * @param expectedBytes how much of the asked range lies inside the file.
 * @returns `expectedBytes`.
 * @throws {AppError} `internal` when there are not exactly that many; nothing was copied then.
 */
export function fillBuffer(buffer: Uint8Array, slices: readonly Uint8Array[], expectedBytes: number): number {
  const actualBytes = slices.reduce((sum, slice) => sum + slice.length, 0);
  if (actualBytes !== expectedBytes || actualBytes > buffer.length) {
    throw new AppError('internal', 'A read gave another number of bytes than was asked for.', {
      context: { expectedBytes, actualBytes },
    });
  }
  let at = 0;
  for (const slice of slices) {
    buffer.set(slice, at);
    at += slice.length;
  }
  return actualBytes;
}
