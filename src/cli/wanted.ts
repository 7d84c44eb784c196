import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isInfohash, readInfohash, readMagnet } from '../adding/magnet.js';
import { maxTorrentFileBytes, readTorrentFile, tooLarge } from '../adding/torrent-file.js';
import type { TorrentToAdd } from '../core/adding.js';
import { AppError, codeOf } from '../core/errors.js';

/** What the user wants to have. */
export type Wanted =
  | { readonly kind: 'torrent'; readonly torrent: TorrentToAdd }
  | { readonly kind: 'nekobt'; readonly id: string }
  | { readonly kind: 'link'; readonly url: string };

/**
 * Understands the word behind `debridfs add`.
 * @throws {AppError} `invalid` with what is wrong with it.
 */
export function readWanted(word: string, cwd: string): Wanted {
  const what = word.trim();
  if (/^magnet:/i.test(what)) return { kind: 'torrent', torrent: readMagnet(what) };
  const id = /^(?:https?:\/\/(?:www\.)?nekobt\.to\/torrents\/)?(\d{1,20})(?:[/?#].*)?$/i.exec(what)?.[1];
  if (id !== undefined && !existsSync(resolve(cwd, what))) return { kind: 'nekobt', id };
  if (/^https?:\/\//i.test(what)) return { kind: 'link', url: what };
  if (isInfohash(what)) return { kind: 'torrent', torrent: readInfohash(what) };
  if (/^[\da-f]{64}$/i.test(what) || /^1220[\da-f]{64}$/i.test(what))
    throw new AppError(
      'invalid',
      'This is an infohash of version 2, which no service takes. One of version 1 has 40 hex digits.',
    );
  const path = resolve(cwd, word);
  if (/\.torrent$/i.test(what) || existsSync(path))
    return { kind: 'torrent', torrent: readTorrentFile(readSmallFile(path, word), word) };
  throw new AppError(
    'invalid',
    `"${word.slice(0, 80)}" is nothing that can be added: write a magnet link, an infohash (40 hex digits, or 32 of base32), the path of a .torrent file, an http:// or https:// link, or the number of a torrent of nekoBT.`,
  );
}

/** Reads no more than is allowed, whatever its size is said to be. */
function readSmallFile(path: string, name: string): Uint8Array {
  let descriptor: number | null = null;
  try {
    // A pipe would keep its reader waiting.
    if (!statSync(path).isFile()) throw new AppError('invalid', `${name} is no file.`);
    descriptor = openSync(path, 'r');
    const bytes = Buffer.alloc(maxTorrentFileBytes + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got)
      got = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length > maxTorrentFileBytes) throw tooLarge(name);
    return bytes.subarray(0, length);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = codeOf(cause) ?? 'unknown';
    throw new AppError(
      'invalid',
      `${name} ${code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`}.`,
      { cause },
    );
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
