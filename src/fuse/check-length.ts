import { AppError } from '../core/errors.js';

/**
 * Holds a read's slices against what was asked for: the kernel takes a short answer for the end of the file and cuts the
 * file off there, in its cache too.
 * @param expectedBytes how much of the asked range lies inside the file.
 * @throws {AppError} `internal` when there are not exactly that many.
 */
export function checkLength(slices: readonly Uint8Array[], expectedBytes: number): void {
  let actualBytes = 0;
  for (const slice of slices) actualBytes += slice.length;
  if (actualBytes === expectedBytes) return;
  throw new AppError('internal', 'A read gave another number of bytes than was asked for.', {
    context: { expectedBytes, actualBytes },
  });
}
