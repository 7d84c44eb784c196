import type { Layout } from '../../src/fuse/protocol/layout.js';
import {
  attr,
  dirent,
  direntPlus,
  entryOut,
  inHeader,
  openOut,
  readIn,
} from '../../src/fuse/protocol/structures.js';

/** A request as the kernel would write it; what is left out is 0 or empty. */
export interface RequestFacts {
  readonly opcode: number;
  readonly unique?: bigint;
  readonly node?: bigint;
  readonly pid?: number;
  readonly body?: Buffer;
}

/** The bytes of one request. */
export function requestOf(facts: RequestFacts): Buffer {
  const { opcode, unique = 0n, node = 0n, pid = 0, body = Buffer.alloc(0) } = facts;
  const len = inHeader.bytes + body.length;
  return Buffer.concat([pack(inHeader, { len, opcode, unique, nodeid: node, pid }), body]);
}

/** The body of READ, READDIR and READDIRPLUS. */
export function readBody(fh: number, offset: number | bigint, size: number): Buffer {
  return pack(readIn, { fh, offset, size });
}

/** A body that ends in a name. @param before bytes in front of it. */
export function nameBody(name: string, before = 0): Buffer {
  return Buffer.concat([Buffer.alloc(before), Buffer.from(name), Buffer.alloc(1)]);
}

/** A structure with these fields; all others are 0. */
export function pack<Name extends string>(
  layout: Layout<Name>,
  values: Partial<Record<NoInfer<Name>, number | bigint>>,
): Buffer {
  const bytes = Buffer.alloc(layout.bytes);
  for (const [name, at, size] of fieldsOf(layout)) {
    const value = BigInt(values[name] ?? 0);
    if (size === 8) bytes.writeBigUInt64LE(value, at);
    else if (size === 4) bytes.writeUInt32LE(Number(value), at);
    else if (size === 2) bytes.writeUInt16LE(Number(value), at);
    else if (value !== 0n) throw new Error(`${name} is not a number.`);
  }
  return bytes;
}

/** The numbers of a structure, without those of a structure inside of it. */
export function unpack<Name extends string>(
  layout: Layout<Name>,
  bytes: Buffer,
  from = 0,
): Record<Name, bigint> {
  const values: Partial<Record<Name, bigint>> = {};
  for (const [name, at, size] of fieldsOf(layout)) {
    if (size === 8) values[name] = bytes.readBigUInt64LE(from + at);
    else if (size === 4) values[name] = BigInt(bytes.readUInt32LE(from + at));
    else if (size === 2) values[name] = BigInt(bytes.readUInt16LE(from + at));
  }
  return values as Record<Name, bigint>;
}

/** Name, offset and bytes of each field: there are no gaps between them (`layout`). */
export function fieldsOf<Name extends string>({ at, bytes }: Layout<Name>): [Name, number, number][] {
  const fields = Object.entries(at) as [Name, number][];
  return fields.map(([name, offset], n) => [name, offset, (fields[n + 1]?.[1] ?? bytes) - offset]);
}

/** The answer to LOOKUP, MKDIR and the first part of that to CREATE. */
export function readEntry(bytes: Buffer, from = 0) {
  return { ...unpack(entryOut, bytes, from), attr: unpack(attr, bytes, from + entryOut.at.attr) };
}

/** The answer to OPEN, and the second part of that to CREATE. */
export function readOpened(bytes: Buffer, from = 0): { readonly fh: number; readonly flags: number } {
  const { fh, open_flags: flags, padding } = unpack(openOut, bytes, from);
  // Later versions have a number there.
  if (padding !== 0n) throw new Error('What is left over is not 0.');
  return { fh: Number(fh), flags: Number(flags) };
}

/** One entry of a listing. */
export interface Listed {
  readonly name: string;
  readonly inode: bigint;
  readonly cookie: bigint;
  readonly type: number;
  /** Only of READDIRPLUS. */
  readonly entry: ReturnType<typeof readEntry> | null;
}

/** The entries of a listing, taken apart as the kernel does it (Linux, fs/fuse/readdir.c): each must lie in the answer. */
export function readListing(bytes: Buffer, plus: boolean): Listed[] {
  const entries: Listed[] = [];
  const before = plus ? direntPlus.at.dirent : 0;
  for (let at = 0; at < bytes.length;) {
    const { ino, off, namelen, type } = unpack(dirent, bytes, at + before);
    const nameAt = at + before + dirent.bytes;
    const nameEnd = nameAt + Number(namelen);
    // FUSE_DIRENT_ALIGN
    const next = (nameEnd + 7) & ~7;
    if (namelen === 0n || next > bytes.length) throw new Error(`The entry at ${at} ends at ${next}.`);
    if (bytes.subarray(nameEnd, next).some((byte) => byte !== 0)) throw new Error('What fills up is not 0.');
    entries.push({
      name: bytes.toString('utf8', nameAt, nameEnd),
      inode: ino,
      cookie: off,
      type: Number(type),
      entry: plus ? readEntry(bytes, at) : null,
    });
    at = next;
  }
  return entries;
}
