import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Content } from '../../core/content.js';

/** Bytes of one record of the index, which describes the slot of the same number. */
export const recordBytes = 64;

/** What a content is called in the cache: 20 bytes as a latin1 string. */
export type ContentKey = string;

/** Which source gave a block: 64 bits of a hash, compared and never taken apart. */
export type SourceTag = bigint;

/** What is known of a block on disk. */
export interface BlockRecord {
  readonly key: ContentKey;
  readonly index: number;
  /** Bytes of the block. */
  readonly length: number;
  /** CRC-32 of the block. */
  readonly crc: number;
  readonly source: SourceTag;
  readonly isPinned: boolean;
  /** Grows with every use of any block: the smallest was not used for longest. */
  readonly stamp: number;
}

/** `other-format`: whole, but written by another version of debridfs; `bad`: torn, flipped or not ours at all. */
export type Decoded = BlockRecord | 'free' | 'bad' | 'other-format';

/*
 * A record: 0 mark, 4 format, 6 flags, 8 content key, 28 block index, 32 length, 36 CRC of the block, 40 source tag,
 * 48 use stamp, 54 zeros, 60 CRC of the 60 bytes before. Little endian. A free slot's record is all zeros.
 */
const mark = 0x6b62_6664; // 'dfbk'
const format = 1;
const pinnedFlag = 1;
const keyBytes = 20;
const crcAt = 60;

/**
 * The first 20 bytes of SHA-256 over a content's identity. Not over its row number: the library's database may be made anew,
 * and then gives the same numbers to others.
 */
export function contentKey({ torrent, size, baseName, ordinal }: Omit<Content, 'id'>): ContentKey {
  const identity = JSON.stringify([torrent, size, baseName, ordinal]);
  return createHash('sha256').update(identity).digest().toString('latin1', 0, keyBytes);
}

/** The tag of a source, from any text that tells it from others. */
export function sourceTag(source: string): SourceTag {
  return createHash('sha256').update(source).digest().readBigUInt64LE(0);
}

/** Writes a record over the `recordBytes` bytes at `at`; null: that of a free slot. */
export function encodeRecord(record: BlockRecord | null, into: Buffer, at: number): void {
  into.fill(0, at, at + recordBytes);
  if (record === null) return;
  into.writeUInt32LE(mark, at);
  into.writeUInt16LE(format, at + 4);
  into.writeUInt8(record.isPinned ? pinnedFlag : 0, at + 6);
  into.write(record.key, at + 8, keyBytes, 'latin1');
  into.writeUInt32LE(record.index, at + 28);
  into.writeUInt32LE(record.length, at + 32);
  into.writeUInt32LE(record.crc, at + 36);
  into.writeBigUInt64LE(record.source, at + 40);
  into.writeUIntLE(record.stamp, at + 48, 6);
  into.writeUInt32LE(crc32(into.subarray(at, at + crcAt)), at + crcAt);
}

/** Reads the record at `at`; fewer than `recordBytes` bytes there are a bad one. */
export function decodeRecord(from: Buffer, at: number): Decoded {
  if (at + recordBytes > from.length) return 'bad';
  const sum = from.readUInt32LE(at + crcAt);
  const marked = from.readUInt32LE(at);
  if (marked === 0 && sum === 0) return 'free';
  if (marked !== mark || crc32(from.subarray(at, at + crcAt)) !== sum) return 'bad';
  if (from.readUInt16LE(at + 4) !== format) return 'other-format';
  return {
    key: from.toString('latin1', at + 8, at + 8 + keyBytes),
    index: from.readUInt32LE(at + 28),
    length: from.readUInt32LE(at + 32),
    crc: from.readUInt32LE(at + 36),
    source: from.readBigUInt64LE(at + 40),
    isPinned: (from.readUInt8(at + 6) & pinnedFlag) !== 0,
    stamp: from.readUIntLE(at + 48, 6),
  };
}

/** Whether bytes look like an index of ours, whatever is wrong with the rest: some record begins like one, or none was written. */
export function looksLikeIndex(bytes: Buffer): boolean {
  let isEmpty = true;
  for (let at = 0; at < bytes.length; at += recordBytes) {
    const start = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : 0;
    if (start === mark) return true;
    if (start !== 0) isEmpty = false;
  }
  return isEmpty;
}
