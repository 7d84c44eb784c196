const numberBytes = { u16: 2, u32: 4, i32: 4, u64: 8, i64: 8 } as const;

/** A number of C, or a structure inside of another. */
export type Field = keyof typeof numberBytes | Layout;

/** Where the fields of a C structure lie. */
export interface Layout<Name extends string = string> {
  readonly bytes: number;
  /** Offset of each field, in bytes. */
  readonly at: Readonly<Record<Name, number>>;
  /** The largest alignment of a field. */
  readonly alignment: number;
}

/**
 * Lays fields out in order, as a C compiler does on a 64-bit machine. The kernel's structures leave no gaps ("padded to
 * 64bit boundary", include/uapi/linux/fuse.h), so a gap here is a mistake in the description.
 * @throws {Error} when a field is not aligned.
 */
export function layout<const Fields extends Readonly<Record<string, Field>>>(
  fields: Fields,
): Layout<keyof Fields & string> {
  const at: Record<string, number> = {};
  let bytes = 0;
  let alignment = 1;
  for (const [name, field] of Object.entries(fields)) {
    const [size, own] =
      typeof field === 'string'
        ? [numberBytes[field], numberBytes[field]]
        : ([field.bytes, field.alignment] as const);
    if (bytes % own !== 0) throw new Error(`The field ${name} at ${bytes} is not aligned to ${own} bytes.`);
    at[name] = bytes;
    bytes += size;
    alignment = Math.max(alignment, own);
  }
  return { bytes, at: at as Record<keyof Fields & string, number>, alignment };
}

/** A number of 64 bits that is known to be small enough for a `number`: a size, an offset or a time. */
export function getU64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** @param value a whole number from 0 to 2⁵³. */
export function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}
