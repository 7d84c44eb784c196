import { createHash } from 'node:crypto';

/** The infohash of a magnet link, or of a bare hash (40 hex or 32 base32 digits), in lower-case hex; null for neither. */
export function infohashOf(text: string): string | null {
  const hash = /^magnet:\?.*\bxt=urn:btih:([^&]+)/i.exec(text.trim())?.[1] ?? text.trim();
  if (/^[0-9a-f]{40}$/i.test(hash)) return hash.toLowerCase();
  return /^[a-z2-7]{32}$/i.test(hash) ? base32ToHex(hash) : null;
}

/** The infohash of a .torrent file: SHA-1 over its `info` value; null where it is none. */
export function infohashOfFile(torrentFile: Buffer): string | null {
  try {
    return infoDigest(torrentFile);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function base32ToHex(text: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = text
    .toLowerCase()
    .replace(/./g, (digit) => alphabet.indexOf(digit).toString(2).padStart(5, '0'));
  return bits.replace(/.{4}/g, (four) => Number.parseInt(four, 2).toString(16));
}

function infoDigest(file: Buffer): string | null {
  if (file.toString('latin1', 0, 1) !== 'd') return null;
  for (let at = 1; file.toString('latin1', at, at + 1) !== 'e';) {
    const valueAt = endOfValue(file, at);
    const end = endOfValue(file, valueAt);
    if (file.toString('latin1', at, valueAt) === '4:info') {
      return createHash('sha1').update(file.subarray(valueAt, end)).digest('hex');
    }
    at = end;
  }
  return null;
}

/** Where the bencoded value that begins at `at` ends. */
function endOfValue(file: Buffer, at: number): number {
  const kind = file.toString('latin1', at, at + 1);
  if (kind === 'i') return offsetOf(file, 'e', at) + 1;
  if (kind === 'l' || kind === 'd') {
    let next = at + 1;
    while (file.toString('latin1', next, next + 1) !== 'e') next = endOfValue(file, next);
    return next + 1;
  }
  const colon = offsetOf(file, ':', at);
  const length = file.toString('latin1', at, colon);
  const end = colon + 1 + Number(length);
  if (!/^\d{1,9}$/.test(length) || end > file.length) throw new RangeError('not bencoded');
  return end;
}

function offsetOf(file: Buffer, character: string, from: number): number {
  const found = file.indexOf(character, from, 'latin1');
  if (found < 0) throw new RangeError('not bencoded');
  return found;
}
