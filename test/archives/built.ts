/** Archives for tests: made by the emulator's writer, held in memory or read as they are made. */
import { crc32 } from 'node:zlib';
import type { ArchiveVolume, Layout, ReadVolume, StoredFile } from '../../src/archives/archive.js';
import { bufferContent, contentBytes, type ContentSource } from '../../src/emulator/content.js';
import { storedRar, type RarSettings } from '../../src/emulator/rar.js';

export interface Volume {
  readonly name: string;
  readonly bytes: Buffer;
}

export const wholeFile = (path: string, size: number): { path: string; source: ContentSource } => ({
  path,
  source: bufferContent(contentBytes('test', path, 0, size)),
});

export async function bytesOf(source: ContentSource, start = 0, end = source.size): Promise<Buffer> {
  const slices: Buffer[] = [];
  for await (const slice of source.slices(start, end)) slices.push(Buffer.from(slice));
  return Buffer.concat(slices);
}

export async function built(settings: RarSettings): Promise<Volume[]> {
  return Promise.all(
    storedRar(settings).map(async ({ name, source }) => ({ name, bytes: await bytesOf(source) })),
  );
}

export function told(volumes: readonly Volume[]): ArchiveVolume[] {
  return volumes.map(({ name, bytes }) => ({ name, size: bytes.length }));
}

/** Reads volumes in memory, and notes which. */
export function reader(volumes: readonly Volume[]): {
  readonly read: ReadVolume;
  readonly touched: number[];
} {
  const touched: number[] = [];
  const read: ReadVolume = (volume, offset, length) => {
    touched.push(volume);
    return Promise.resolve((volumes[volume]?.bytes ?? Buffer.alloc(0)).subarray(offset, offset + length));
  };
  return { read, touched };
}

/** The bytes at the extents of a file. */
export function packedBytes(file: StoredFile, volumes: readonly Volume[]): Buffer {
  return Buffer.concat(
    file.extents.map(
      ({ volume, offset, length }) =>
        volumes[volume]?.bytes.subarray(offset, offset + length) ?? Buffer.alloc(0),
    ),
  );
}

export function storedFiles(layout: Layout): readonly StoredFile[] {
  if (layout.kind === 'opaque') throw new Error(layout.reason);
  return layout.files;
}

/** A block of RAR 3 with other bytes, and its checksum for them. */
export function rar3With(block: Buffer, changes: Readonly<Record<number, number>>): Buffer {
  const changed = Buffer.from(block);
  for (const [at, byte] of Object.entries(changes)) changed[Number(at)] = byte;
  changed.writeUInt16LE(crc32(changed.subarray(2)) & 0xffff, 0);
  return changed;
}

/** A block of RAR 5 with these bytes after its length. */
export function rar5Block(...fields: readonly (number | Uint8Array)[]): Buffer {
  const body = Buffer.concat(fields.map((field) => (typeof field === 'number' ? Buffer.of(field) : field)));
  const length: number[] = [];
  let left = body.length;
  for (; left >= 0x80; left >>= 7) length.push((left & 0x7f) | 0x80);
  const bytes = Buffer.concat([Buffer.of(0, 0, 0, 0, ...length, left), body]);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}
