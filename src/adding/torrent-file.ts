import { createHash } from 'node:crypto';
import type { TorrentToAdd } from '../core/adding.js';
import { AppError } from '../core/errors.js';
import { BencodeError, readDictionary, type BencodedValue } from './bencode.js';
import { magnetOf } from './magnet.js';

/** Far above any torrent that a service takes: 1 TB in blocks of 16 MiB are 1.3 MB of checksums. */
export const maxTorrentFileBytes = 10 * 2 ** 20;

/**
 * The torrent of a .torrent file. Its infohash is the SHA-1 of the exact bytes of `info` (BEP 3).
 * @param name how the user calls the file, for errors.
 * @throws {AppError} `invalid` where it is too large, broken, or of version 2 alone (BEP 52).
 */
export function readTorrentFile(bytes: Uint8Array, name: string): TorrentToAdd {
  const refuse = (what: string): AppError =>
    new AppError('invalid', `${name} is no torrent file: it ${what}.`);
  if (bytes.length > maxTorrentFileBytes) throw tooLarge(name);
  try {
    const info = readDictionary(bytes).get('info');
    if (info === undefined) throw refuse('has no "info"');
    const told = readDictionary(bytes, info.start, info.end);
    if (!told.has('pieces')) {
      if (told.has('meta version'))
        throw new AppError(
          'invalid',
          `${name} is a torrent of version 2 alone, which no service takes. Look for one of version 1, or a hybrid.`,
        );
      throw refuse('has no "pieces"');
    }
    if (!told.has('files') && !told.has('length')) throw refuse('names no files');
    const hash = createHash('sha1').update(bytes.subarray(info.start, info.end)).digest('hex');
    return { hash, magnet: magnetOf(hash, textOf(bytes, told.get('name'))), file: bytes };
  } catch (thrown) {
    if (thrown instanceof BencodeError) throw refuse(thrown.message);
    throw thrown;
  }
}

export function tooLarge(name: string): AppError {
  return new AppError(
    'invalid',
    `${name} is larger than ${maxTorrentFileBytes / 2 ** 20} MiB: that is no torrent file.`,
  );
}

/** A bencoded text; null for any other value. */
function textOf(bytes: Uint8Array, value: BencodedValue | undefined): string | null {
  if (value === undefined) return null;
  const text = Buffer.from(bytes.subarray(value.start, value.end)).toString('utf8');
  return /^\d+:([^]*)$/.exec(text)?.[1] ?? null;
}
