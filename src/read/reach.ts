import { sourceKey, type Extent, type Inside, type Source } from '../core/content.js';

/** Where a byte of a content lies for one of its sources, and what follows it there. */
export interface Reach {
  /** What a link is made for: the source, or the volume of an archive. */
  readonly linked: Source;
  /** The source's name when bytes are compared: all volumes of an archive are one origin. */
  readonly origin: string;
  /** What is added to an offset in the content to get the one in the file behind the link. */
  readonly shift: number;
  /** The content's byte after the last one that lies there. */
  readonly until: number;
  /** Bytes of the file behind the link. */
  readonly fileSize: number;
  /** The piece of a volume that nobody has looked at; null where it is certain. */
  readonly unconfirmed: { readonly inside: Inside; readonly extent: Extent } | null;
}

/** @param at a byte of the content. @param size the content's. */
export function reachOf(source: Source, at: number, size: number): Reach {
  const origin = sourceKey(source);
  const { inside } = source;
  const extent = inside?.extents.find((piece) => at < piece.at + piece.length);
  if (inside === undefined || extent === undefined)
    return { linked: source, origin, shift: 0, until: size, fileSize: size, unconfirmed: null };
  const { account, list, itemId, ready, reason } = source;
  return {
    linked: { account, list, itemId, ref: extent.ref, ready, reason },
    origin,
    shift: extent.offset - extent.at,
    until: extent.at + extent.length,
    fileSize: extent.volumeSize,
    unconfirmed: extent.confirmed ? null : { inside, extent },
  };
}
