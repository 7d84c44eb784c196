import { OpaqueArchive } from './rar-block.js';

/** Longest path in bytes: RAR takes 2048 characters (unrar's NM), Linux 4096 bytes (PATH_MAX). */
const maxPathBytes = 4096;

/** A path of an archive, without what names nothing; `/` between components. @throws {OpaqueArchive} where it is none. */
export function pathFrom(name: string, separators: RegExp): string {
  if (name.includes('\0')) throw new OpaqueArchive('A name in the archive has a zero in it.');
  const components = name.split(separators).filter((component) => component !== '' && component !== '.');
  if (components.includes('..')) throw new OpaqueArchive('A path in the archive leads out of it.');
  if (components.length === 0) throw new OpaqueArchive('A file in the archive has no name.');
  return components.join('/');
}

/** @throws {OpaqueArchive} for a name that no file can have. */
export function checkNameBytes(bytes: number): void {
  if (bytes > maxPathBytes) throw new OpaqueArchive('A name in the archive is too long for a file.');
}

/** UTF-8 where it is that; else what each byte is in Latin-1, as the code page is not told. */
export function plainName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/**
 * A name of RAR 3 with its Unicode form: plain name, zero, packed UTF-16 (observed in public readers). The packed form begins with
 * the high byte that most of its characters share. Then two bits for each step, four steps to a byte, say what comes:
 * 0 a byte that is the character, 1 a byte to which the high byte belongs, 2 both bytes, 3 a run of characters of the plain name, with
 * a correction and the high byte where its length has the top bit. Without a zero the whole is UTF-8.
 */
export function unicodeName(bytes: Uint8Array): string {
  const zero = bytes.indexOf(0);
  if (zero < 0) return plainName(bytes);
  const plain = bytes.subarray(0, zero);
  const packed = bytes.subarray(zero + 1);
  let at = 0;
  const next = (): number => packed[at++] ?? 0;
  const high = next() << 8;
  const units: number[] = [];
  let steps = 0;
  for (let step = 0; at < packed.length; step += 1) {
    if (step % 4 === 0) steps = next();
    const kind = (steps >> (6 - (step % 4) * 2)) & 3;
    if (at >= packed.length) break;
    if (kind === 0) units.push(next());
    else if (kind === 1) units.push(high | next());
    else if (kind === 2) units.push(next() | (next() << 8));
    else {
      const length = next();
      const corrected = (length & 0x80) !== 0;
      const correction = corrected ? next() : 0;
      for (let left = (length & 0x7f) + 2; left > 0 && units.length < plain.length; left -= 1) {
        const byte = plain[units.length] ?? 0;
        units.push(corrected ? high | ((byte + correction) & 0xff) : byte);
      }
    }
  }
  return String.fromCharCode(...units);
}
