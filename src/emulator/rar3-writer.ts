import { crc32 } from 'node:zlib';
import type { RarWriter } from './rar.js';

const signature = Buffer.from('526172211a0700', 'hex');
/** 2020-01-01 in the time of DOS: what real archives have here makes no difference to anybody. */
const dosTime = 0x5021_0000;
const hasData = 0x8000;

/** Headers of RAR 3 as its own program writes them on Windows (documented: RAR technote). */
export const rar3Writer: RarWriter = {
  start({ number, isVolume, naming }) {
    const flags =
      (isVolume ? 1 : 0) | (naming === 'part' ? 0x10 : 0) | (isVolume && number === 0 ? 0x100 : 0);
    return Buffer.concat([signature, block(0x73, isVolume ? flags : 0, Buffer.alloc(6))]);
  },

  file({ path, size, length, fromPrevious, toNext, crc }) {
    const isLarge = size > 0xffff_fffe;
    const { name, isUnicode } = nameField(path.replaceAll('/', '\\'));
    const fixed = Buffer.alloc(isLarge ? 33 : 25);
    fixed.writeUInt32LE(length % 2 ** 32, 0);
    fixed.writeUInt32LE(size % 2 ** 32, 4);
    fixed.writeUInt8(2, 8); // Windows
    fixed.writeUInt32LE(crc ?? 0, 9);
    fixed.writeUInt32LE(dosTime, 13);
    fixed.writeUInt8(20, 17); // the version that unpacks it
    fixed.writeUInt8(0x30, 18); // store
    fixed.writeUInt16LE(name.length, 19);
    fixed.writeUInt32LE(0x20, 21); // an archived file
    if (isLarge) {
      fixed.writeUInt32LE(Math.floor(length / 2 ** 32), 25);
      fixed.writeUInt32LE(Math.floor(size / 2 ** 32), 29);
    }
    const flags =
      (fromPrevious ? 1 : 0) | (toNext ? 2 : 0) | (isLarge ? 0x100 : 0) | (isUnicode ? 0x200 : 0) | hasData;
    return block(0x74, flags, Buffer.concat([fixed, name]));
  },

  end({ number, isVolume, isLast }) {
    if (!isVolume) return block(0x7b, 0x4000, Buffer.alloc(0));
    const numbered = Buffer.alloc(2);
    numbered.writeUInt16LE(number);
    return block(0x7b, 0x4008 | (isLast ? 0 : 1), numbered);
  },
};

function block(type: number, flags: number, body: Buffer): Buffer {
  const bytes = Buffer.alloc(7 + body.length);
  bytes.writeUInt8(type, 2);
  bytes.writeUInt16LE(flags, 3);
  bytes.writeUInt16LE(bytes.length, 5);
  body.copy(bytes, 7);
  bytes.writeUInt16LE(crc32(bytes.subarray(2)) & 0xffff, 0);
  return bytes;
}

/** ASCII as it is; else the name with `_` for all other characters, a zero, and the name packed (observed in public readers). */
function nameField(path: string): { readonly name: Buffer; readonly isUnicode: boolean } {
  const units = Array.from({ length: path.length }, (_, index) => path.charCodeAt(index));
  const plain = Buffer.from(units.map((unit) => (unit < 0x80 ? unit : 0x5f)));
  if (units.every((unit) => unit < 0x80)) return { name: plain, isUnicode: false };
  return { name: Buffer.concat([plain, Buffer.alloc(1), packedName(units)]), isUnicode: true };
}

/** Steps of two bits, four to a byte: 0 a low byte, 1 a low byte under the shared high byte, 2 both bytes, 3 a run of the plain name. */
function packedName(units: readonly number[]): Buffer {
  const high = (units.find((unit) => unit > 0xff) ?? 0) >> 8;
  const steps: { readonly kind: number; readonly bytes: readonly number[] }[] = [];
  for (let at = 0; at < units.length;) {
    const unit = units[at] ?? 0;
    const run = units.slice(at, at + 129).findIndex((other) => other >= 0x80);
    const plain = run < 0 ? Math.min(129, units.length - at) : run;
    if (plain >= 3) {
      steps.push({ kind: 3, bytes: [plain - 2] });
      at += plain;
      continue;
    }
    if (unit < 0x100) steps.push({ kind: 0, bytes: [unit] });
    else if (unit >> 8 === high) steps.push({ kind: 1, bytes: [unit & 0xff] });
    else steps.push({ kind: 2, bytes: [unit & 0xff, unit >> 8] });
    at += 1;
  }
  const bytes = [high];
  for (let at = 0; at < steps.length; at += 4) {
    const four = steps.slice(at, at + 4);
    bytes.push(four.reduce((flags, { kind }, place) => flags | (kind << (6 - place * 2)), 0));
    for (const step of four) bytes.push(...step.bytes);
  }
  return Buffer.from(bytes);
}
