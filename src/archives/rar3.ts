import { crc32 } from 'node:zlib';
import { damaged, obstacles, OpaqueArchive, type FileBlock, type RarBlock } from './rar-block.js';
import { checkNameBytes, pathFrom, plainName, unicodeName } from './rar-names.js';

/** The first bytes of an archive of RAR 1.5 to 4 (documented: RAR technote, marker block). */
export const rar3Signature = Buffer.from('526172211a0700', 'hex');

/*
 * A block (documented: RAR technote): 0 the low half of a CRC-32 over the header from 2 on, 2 type, 3 flags, 5 length of the
 * header; where `hasData` is set, 7 length of the data that follow. Little endian.
 *
 * A file goes on: 11 size, 15 system, 16 CRC, 20 time, 24 version, 25 method, 26 length of the name, 28 attributes, 32 the upper
 * halves of both lengths where `isLarge` is set, name. A subblock is made the same.
 */
const shortBytes = 7;
const mainBytes = 13;
const fileBytes = 32;
const types = { main: 0x73, file: 0x74, end: 0x7b } as const;
const hasData = 0x8000;
const mainFlags = { isVolume: 1, hasComment: 2, isEncrypted: 0x80, isFirst: 0x100 } as const;
const fileFlags = {
  fromPrevious: 1,
  toNext: 2,
  isEncrypted: 4,
  hasComment: 8,
  windowMask: 0xe0,
  isLarge: 0x100,
  isUnicode: 0x200,
  isVersion: 0x800,
} as const;
const store = 0x30;
const unix = 3;

/**
 * The block that begins with `bytes`. Of archives before RAR 3, those with a signature or with owners of files do not check out, as their
 * checksums never did.
 * @throws {AppError} `wrong-bytes` where the header does not check out.
 * @throws {OpaqueArchive} where it says that nothing can be read.
 */
export function parseRar3(bytes: Uint8Array, volumeName: string): RarBlock {
  if (bytes.length < shortBytes) return { kind: 'cut', neededBytes: shortBytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [type, flags, headBytes] = [view.getUint8(2), view.getUint16(3, true), view.getUint16(5, true)];
  if (headBytes < shortBytes) throw damaged(volumeName, 'a header is shorter than any');
  if (bytes.length < headBytes) return { kind: 'cut', neededBytes: headBytes };
  const head = bytes.subarray(0, headBytes);
  const summed = summedBytes(view, type, flags, headBytes);
  if ((crc32(head.subarray(2, summed)) & 0xffff) !== view.getUint16(0, true)) {
    throw damaged(volumeName, 'the checksum of a header is wrong');
  }
  if ((flags & hasData) !== 0 && headBytes < shortBytes + 4)
    throw damaged(volumeName, 'a header is too short');
  const dataBytes = (flags & hasData) === 0 ? 0 : view.getUint32(7, true);
  switch (type) {
    case types.main: {
      if (headBytes < mainBytes) throw damaged(volumeName, 'its main header is too short');
      if ((flags & mainFlags.isEncrypted) !== 0)
        throw new OpaqueArchive('The archive is encrypted, its names too.');
      const isVolume = (flags & mainFlags.isVolume) !== 0;
      const isFirst = (flags & mainFlags.isFirst) !== 0;
      return { kind: 'main', headBytes, dataBytes, isVolume, volumeNumber: isFirst ? 0 : null };
    }
    case types.file:
      return parseFile(head, flags, volumeName);
    case types.end:
      return { kind: 'end', headBytes, dataBytes };
    default: {
      // Subblocks of RAR 3 may be large as files are.
      const isLarge = type === 0x7a && (flags & fileFlags.isLarge) !== 0 && headBytes >= fileBytes + 8;
      const upper = isLarge ? view.getUint32(32, true) : 0;
      return { kind: 'other', headBytes, dataBytes: whole(dataBytes, upper, volumeName) };
    }
  }
}

/** How much of a header its checksum is of: all but a comment inside of it (documented: RAR technote, HEAD_CRC). */
function summedBytes(view: DataView, type: number, flags: number, headBytes: number): number {
  if (type === types.main && (flags & mainFlags.hasComment) !== 0) return Math.min(headBytes, mainBytes);
  if (type !== types.file || (flags & fileFlags.hasComment) === 0 || headBytes < fileBytes) return headBytes;
  const large = (flags & fileFlags.isLarge) === 0 ? 0 : 8;
  return Math.min(headBytes, fileBytes + large + view.getUint16(26, true));
}

function parseFile(head: Uint8Array, flags: number, volumeName: string): FileBlock {
  const isLarge = (flags & fileFlags.isLarge) !== 0;
  const nameAt = fileBytes + (isLarge ? 8 : 0);
  if (head.length < nameAt || (flags & hasData) === 0)
    throw damaged(volumeName, 'the header of a file is too short');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const nameBytes = view.getUint16(26, true);
  if (nameAt + nameBytes > head.length) throw damaged(volumeName, 'a name is longer than its header');
  checkNameBytes(nameBytes);
  const name = head.subarray(nameAt, nameAt + nameBytes);
  const decoded = (flags & fileFlags.isUnicode) === 0 ? plainName(name) : unicodeName(name);
  const [low, system, version, method] = [view.getUint32(11, true), head[15], head[24] ?? 0, head[25]];
  const attributes = view.getUint32(28, true);
  const isOldFolder = version < 20 && (attributes & 0x10) !== 0;
  const sizeUpper = isLarge ? view.getUint32(36, true) : 0;
  const sizeIsTold = low !== 0xffff_ffff || (isLarge && sizeUpper !== 0xffff_ffff);
  const isLink = system === unix && (attributes & 0xf000) === 0xa000;
  let obstacle: string | null = null;
  if ((flags & fileFlags.isEncrypted) !== 0) obstacle = obstacles.encrypted;
  else if (method !== store) obstacle = obstacles.compressed;
  else if ((flags & fileFlags.isVersion) !== 0) obstacle = obstacles.oldVersion;
  else if (isLink) obstacle = obstacles.link;
  else if (!sizeIsTold) obstacle = obstacles.sizeNotTold;
  return {
    kind: 'file',
    headBytes: head.length,
    dataBytes: whole(view.getUint32(7, true), isLarge ? view.getUint32(32, true) : 0, volumeName),
    // Both separate, whatever the system (observed in public readers).
    path: pathFrom(decoded, /[\\/]/),
    size: sizeIsTold ? whole(low, sizeUpper, volumeName) : 0,
    isFolder: (flags & fileFlags.windowMask) === fileFlags.windowMask || isOldFolder,
    obstacle,
    fromPrevious: (flags & fileFlags.fromPrevious) !== 0,
    toNext: (flags & fileFlags.toNext) !== 0,
  };
}

function whole(lower: number, upper: number, volumeName: string): number {
  const length = upper * 2 ** 32 + lower;
  if (!Number.isSafeInteger(length)) throw damaged(volumeName, 'a length in it is larger than any volume');
  return length;
}
