import { crc32 } from 'node:zlib';
import { damaged, obstacles, OpaqueArchive, type FileBlock, type RarBlock } from './rar-block.js';
import { checkNameBytes, pathFrom } from './rar-names.js';

/** The first bytes of an archive since RAR 5 (documented: RAR 5.0 archive format). */
export const rar5Signature = Buffer.from('526172211a070100', 'hex');

/*
 * A block (documented: RAR 5.0 archive format): CRC-32 of the header from the next field on, its length from after that field on,
 * type, flags, length of the extra area and of the data where the flags say that there are such, what the type has, the extra
 * area. But for the CRC, numbers have seven bits a byte, the lowest first, and the top bit where another follows.
 */
const crcBytes = 4;
/** The length of a header has three bytes at most (documented), so that a header has less than 2 MiB. */
const maxLengthBytes = 3;
const types = { main: 1, file: 2, encryption: 4, end: 5 } as const;
const flagBits = { hasExtra: 1, hasData: 2, fromPrevious: 8, toNext: 0x10 } as const;
const mainFlags = { isVolume: 1, hasNumber: 2 } as const;
const fileFlags = { isFolder: 1, hasTime: 2, hasCrc: 4, sizeNotTold: 8 } as const;
const extraTypes = { encryption: 1, version: 4, redirection: 5 } as const;

/**
 * The block that begins with `bytes`.
 * @throws {AppError} `wrong-bytes` where the header does not check out.
 * @throws {OpaqueArchive} where it says that nothing can be read.
 */
export function parseRar5(bytes: Uint8Array, volumeName: string): RarBlock {
  const lengthEnd = bytes.subarray(crcBytes, crcBytes + maxLengthBytes).findIndex((byte) => byte < 0x80);
  if (lengthEnd < 0) {
    const neededBytes = crcBytes + maxLengthBytes;
    if (bytes.length >= neededBytes) throw damaged(volumeName, 'a header is longer than any');
    return { kind: 'cut', neededBytes: bytes.length < crcBytes + 1 ? crcBytes + 1 : bytes.length + 1 };
  }
  const start = crcBytes + lengthEnd + 1;
  const headBytes = start + new Fields(bytes.subarray(crcBytes, start), volumeName).number();
  if (bytes.length < headBytes) return { kind: 'cut', neededBytes: headBytes };
  const crc = new DataView(bytes.buffer, bytes.byteOffset, crcBytes).getUint32(0, true);
  if (crc32(bytes.subarray(crcBytes, headBytes)) !== crc) {
    throw damaged(volumeName, 'the checksum of a header is wrong');
  }
  const fields = new Fields(bytes.subarray(start, headBytes), volumeName);
  const type = fields.number();
  const flags = fields.number();
  const extraBytes = hasBit(flags, flagBits.hasExtra) ? fields.number() : 0;
  const dataBytes = hasBit(flags, flagBits.hasData) ? fields.number() : 0;
  const extra = fields.cutOff(extraBytes);
  switch (type) {
    case types.main: {
      const main = fields.number();
      const volumeNumber = hasBit(main, mainFlags.hasNumber) ? fields.number() : 0;
      return { kind: 'main', headBytes, dataBytes, isVolume: hasBit(main, mainFlags.isVolume), volumeNumber };
    }
    case types.file:
      return { ...parseFile(fields, extra, headBytes, dataBytes), ...neighbours(flags) };
    case types.encryption:
      throw new OpaqueArchive('The archive is encrypted, its names too.');
    case types.end:
      return { kind: 'end', headBytes, dataBytes };
    default:
      return { kind: 'other', headBytes, dataBytes };
  }
}

/** How many bytes a number has in a header of RAR 5. */
export function numberBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) bytes += 1;
  return bytes;
}

function neighbours(flags: number): Pick<FileBlock, 'fromPrevious' | 'toNext'> {
  return { fromPrevious: hasBit(flags, flagBits.fromPrevious), toNext: hasBit(flags, flagBits.toNext) };
}

function parseFile(
  fields: Fields,
  extra: Fields,
  headBytes: number,
  dataBytes: number,
): Omit<FileBlock, 'fromPrevious' | 'toNext'> {
  const flags = fields.number();
  const size = fields.number();
  fields.number(); // attributes
  if (hasBit(flags, fileFlags.hasTime)) fields.bytes(4);
  if (hasBit(flags, fileFlags.hasCrc)) fields.bytes(4);
  const method = Math.floor(fields.number() / 0x80) % 8;
  fields.number(); // system
  const nameBytes = fields.number();
  checkNameBytes(nameBytes);
  const name = Buffer.from(fields.bytes(nameBytes)).toString('utf8');
  const kinds = extra.recordTypes();
  let obstacle: string | null = null;
  if (kinds.has(extraTypes.encryption)) obstacle = obstacles.encrypted;
  else if (method !== 0) obstacle = obstacles.compressed;
  else if (kinds.has(extraTypes.redirection)) obstacle = obstacles.link;
  else if (kinds.has(extraTypes.version)) obstacle = obstacles.oldVersion;
  else if (hasBit(flags, fileFlags.sizeNotTold)) obstacle = obstacles.sizeNotTold;
  const isFolder = hasBit(flags, fileFlags.isFolder);
  return { kind: 'file', headBytes, dataBytes, path: pathFrom(name, /\//), size, isFolder, obstacle };
}

function hasBit(flags: number, bit: number): boolean {
  return Math.floor(flags / bit) % 2 === 1;
}

/** Takes a header apart, from its front. */
class Fields {
  readonly #bytes: Uint8Array;
  readonly #volumeName: string;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array, volumeName: string) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#volumeName = volumeName;
  }

  number(): number {
    let value = 0;
    let weight = 1;
    for (let taken = 0; ; taken += 1) {
      const byte = this.#bytes[this.#at];
      // A number has ten bytes at most (documented).
      if (byte === undefined || this.#at >= this.#end || taken === 10) throw this.#tooShort();
      this.#at += 1;
      value += (byte & 0x7f) * weight;
      weight *= 0x80;
      if (value > Number.MAX_SAFE_INTEGER) {
        throw damaged(this.#volumeName, 'a length in it is larger than any volume');
      }
      if (byte < 0x80) return value;
    }
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#end) throw this.#tooShort();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** The last bytes, which are no longer part of this. */
  cutOff(length: number): Fields {
    if (this.#end - this.#at < length) throw this.#tooShort();
    this.#end -= length;
    return new Fields(this.#bytes.subarray(this.#end, this.#end + length), this.#volumeName);
  }

  /** Of an extra area: length and type of each record, and what is in it. */
  recordTypes(): ReadonlySet<number> {
    const kinds = new Set<number>();
    while (this.#at < this.#end) {
      const record = new Fields(this.bytes(this.number()), this.#volumeName);
      kinds.add(record.number());
    }
    return kinds;
  }

  #tooShort(): Error {
    return damaged(this.#volumeName, 'a header is shorter than what it tells');
  }
}
