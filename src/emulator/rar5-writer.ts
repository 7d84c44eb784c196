import { crc32 } from 'node:zlib';
import type { RarWriter } from './rar.js';

const signature = Buffer.from('526172211a070100', 'hex');
/** 2020-01-01, little endian: when makes no difference to anybody. */
const time = Buffer.from('80e00b5e', 'hex');

/** Headers of RAR 5 as its own program writes them on Linux (documented: RAR 5.0 archive format). */
export const rar5Writer: RarWriter = {
  start({ number, isVolume }) {
    const flags = (isVolume ? 1 : 0) | (number > 0 ? 2 : 0);
    const body = [...vint(flags), ...(number > 0 ? vint(number) : [])];
    return Buffer.concat([signature, block(1, 0, body)]);
  },

  file({ path, size, length, fromPrevious, toNext, crc }) {
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc ?? 0);
    const name = Buffer.from(path);
    return block(2, 2 | (fromPrevious ? 8 : 0) | (toNext ? 0x10 : 0), [
      ...vint(length),
      ...vint(2 | (crc === null ? 0 : 4)),
      ...vint(size),
      ...vint(0o100644),
      ...time,
      ...(crc === null ? [] : sum),
      ...vint(0), // stored
      ...vint(1), // Unix
      ...vint(name.length),
      ...name,
    ]);
  },

  end({ isLast }) {
    return block(5, 0, vint(isLast ? 0 : 1));
  },
};

function block(type: number, flags: number, body: readonly number[]): Buffer {
  const fields = [...vint(type), ...vint(flags), ...body];
  const bytes = Buffer.from([0, 0, 0, 0, ...vint(fields.length), ...fields]);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** Seven bits a byte, the lowest first. */
function vint(value: number): readonly number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) + 0x80);
  return [...bytes, left];
}
