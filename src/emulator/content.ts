import { createCipheriv, createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** How much is made or read at a time: enough to fill a socket, little enough to stop at once. */
const sliceBytes = 128 * 1024;
const zeros = Buffer.alloc(sliceBytes);

/** Bytes that can be read from anywhere. Ranges are half-open. */
export interface ContentSource {
  readonly size: number;
  slices(start: number, end: number): Iterable<Buffer> | AsyncIterable<Buffer>;
}

/**
 * The bytes [start, end) that the emulator serves for a file without a fixture: AES-256-CTR over zeros, keyed by
 * SHA-256 of `infohash:path`. `path` is the one in the world, without a leading slash. Any offset up to 2^53 costs the same.
 */
export function contentBytes(infohash: string, path: string, start: number, end: number): Buffer {
  return Buffer.concat([...generate(contentKey(infohash, path), start, end)]);
}

export function generatedContent(infohash: string, path: string, size: number): ContentSource {
  return { size, slices: (start, end) => generate(contentKey(infohash, path), start, end) };
}

export function bufferContent(bytes: Buffer): ContentSource {
  return { size: bytes.length, slices: (start, end) => [bytes.subarray(start, end)] };
}

/** A file on disk, opened for each range and read in slices. */
export function diskContent(file: string, size: number): ContentSource {
  return { size, slices: (start, end) => readDisk(file, start, end) };
}

function contentKey(infohash: string, path: string): Buffer {
  const name = `${infohash.toLowerCase()}:${path.normalize('NFC')}`;
  return createHash('sha256').update(name).digest();
}

function* generate(key: Buffer, start: number, end: number): Generator<Buffer> {
  const iv = Buffer.alloc(16);
  iv.writeBigUInt64BE(BigInt(Math.floor(start / 16)), 8);
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  cipher.update(zeros.subarray(0, start % 16));
  for (let at = start; at < end; at += sliceBytes) {
    yield cipher.update(zeros.subarray(0, Math.min(sliceBytes, end - at)));
  }
}

async function* readDisk(file: string, start: number, end: number): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    for (let at = start; at < end;) {
      const { bytesRead, buffer } = await handle.read(
        Buffer.alloc(Math.min(sliceBytes, end - at)),
        0,
        null,
        at,
      );
      if (bytesRead === 0) throw new Error(`${file} became shorter while it was served.`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
