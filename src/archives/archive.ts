/** Reads bytes of one volume, counted from 0; fewer only at its end. */
export type ReadVolume = (volume: number, offset: number, length: number) => Promise<Uint8Array>;

/** One file of a set that is an archive together, in the set's order. */
export interface ArchiveVolume {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** A piece of a stored file inside a volume. */
export interface Extent {
  readonly volume: number;
  readonly offset: number;
  readonly length: number;
  /**
   * Whether the volume's own headers were read. Where not, what lies there was concluded from the volumes around it, and
   * `confirmsExtent` has to agree before a byte of it is used.
   */
  readonly confirmed: boolean;
}

/** A file that lies in an archive as it is. */
export interface StoredFile {
  /** `/` between components; none is empty, `.` or `..`. Not cleaned otherwise. Each file of a layout has another. */
  readonly path: string;
  /** Bytes; the sum of the extents. */
  readonly size: number;
  /** In the file's order, none empty. */
  readonly extents: readonly Extent[];
}

/** A file whose bytes cannot be had by offset. */
export interface LeftOutFile {
  readonly path: string;
  /** One sentence for the user. */
  readonly reason: string;
}

/** What is in an archive; `opaque`: nothing of it can be read by offset, and `reason` is one sentence for the user. */
export type Layout =
  | {
      readonly kind: 'stored';
      readonly files: readonly StoredFile[];
      readonly leftOut: readonly LeftOutFile[];
    }
  | { readonly kind: 'opaque'; readonly reason: string };
