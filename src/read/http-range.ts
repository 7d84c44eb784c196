/** HTTP's ranges: the one place where an end is inclusive (RFC 9110, section 14). */

/** Half-open `[start, end)` of a file of `size` bytes, all three as told by a server. */
export interface ToldRange {
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/** The value of `Range` for `[start, end)`; open-ended where `end` is the end of the file. */
export function rangeHeader(start: number, end: number, size: number): string {
  return end === size ? `bytes=${start}-` : `bytes=${start}-${end - 1}`;
}

/** What a `Content-Range` tells; null where it cannot be understood or leaves the size out. */
export function parseContentRange(value: string): ToldRange | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(value.trim());
  if (match === null) return null;
  const [, first, last, size] = match;
  return { start: Number(first), end: Number(last) + 1, size: Number(size) };
}
