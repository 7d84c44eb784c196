import type { TorrentToAdd } from '../core/adding.js';
import { AppError } from '../core/errors.js';

/** Longer than any magnet with its trackers. */
const maxMagnetLength = 32_768;
/** A title is a hint; one that is longer than a file name helps nobody. */
const maxTitleLength = 255;

/** Whether a text is an infohash of version 1: 40 hex or 32 base32 digits. */
export function isInfohash(text: string): boolean {
  return /^(?:[\da-f]{40}|[a-z2-7]{32})$/i.test(text);
}

/** The torrent of an infohash. @throws {AppError} `invalid`. */
export function readInfohash(text: string): TorrentToAdd {
  const hash = hexOf(text);
  if (hash === null) throw new AppError('invalid', 'An infohash has 40 hex digits, or 32 of base32.');
  return { hash, magnet: magnetOf(hash, null), file: null };
}

/**
 * The torrent of a magnet link (BEP 9).
 * @throws {AppError} `invalid` where it has no infohash of version 1.
 */
export function readMagnet(text: string): TorrentToAdd {
  if (text.length > maxMagnetLength)
    throw new AppError('invalid', 'This magnet link is longer than any that is one.');
  const words = new URLSearchParams(text.slice(text.indexOf('?') + 1));
  const topics = words
    .getAll('xt')
    .concat([...words].flatMap(([key, value]) => (/^xt\.\d+$/.test(key) ? [value] : [])));
  const told = topics.flatMap((topic) => /^urn:btih:(.*)$/i.exec(topic)?.[1] ?? []);
  const [hash] = told.flatMap((digits) => hexOf(digits) ?? []);
  if (hash !== undefined) {
    const trackers = words.getAll('tr').map((tracker) => `&tr=${encodeURIComponent(tracker)}`);
    return { hash, magnet: `${magnetOf(hash, words.get('dn'))}${trackers.join('')}`, file: null };
  }
  if (told.length > 0)
    throw new AppError(
      'invalid',
      'The infohash of this magnet link is wrong: it has 40 hex digits, or 32 of base32.',
    );
  if (topics.some((topic) => /^urn:btmh:/i.test(topic)))
    throw new AppError(
      'invalid',
      'This magnet link is of a torrent of version 2 alone, which no service takes. Look for one with "urn:btih:".',
    );
  throw new AppError(
    'invalid',
    'This magnet link names no torrent: it has no "xt=urn:btih:" with an infohash.',
  );
}

/** A magnet with an infohash in hex, which is all that Real-Debrid's have. */
export function magnetOf(hash: string, title: string | null): string {
  const name = Array.from(title?.trim() ?? '')
    .slice(0, maxTitleLength)
    .join('');
  return `magnet:?xt=urn:btih:${hash}${name === '' ? '' : `&dn=${encodeURIComponent(name)}`}`;
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** 40 lower-case hex digits; null for what is no infohash. */
function hexOf(text: string): string | null {
  if (!isInfohash(text)) return null;
  if (text.length === 40) return text.toLowerCase();
  let bits = 0n;
  for (const digit of text.toLowerCase()) bits = bits * 32n + BigInt(base32.indexOf(digit));
  return bits.toString(16).padStart(40, '0');
}
