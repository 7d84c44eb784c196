import { crc32 } from 'node:zlib';
import type { ContentSource } from './content.js';
import { rar3Writer } from './rar3-writer.js';
import { rar5Writer } from './rar5-writer.js';

/** A file to be packed. */
export interface PackedFile {
  /** `/` between components. */
  readonly path: string;
  readonly source: ContentSource;
}

export interface RarSettings {
  readonly format: 'rar3' | 'rar5';
  readonly files: readonly PackedFile[];
  /** Size of every volume but the last; without it the archive is one file. */
  readonly volumeBytes?: number;
  /** `part`: `x.part1.rar`; `old`: `x.rar`, `x.r00`. */
  readonly naming: 'part' | 'old';
  readonly baseName: string;
}

/** What a header tells of a piece of a file. */
export interface PieceHeader {
  readonly path: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Bytes of it in this volume. */
  readonly length: number;
  readonly fromPrevious: boolean;
  readonly toNext: boolean;
  /** CRC-32 of the whole file where this is its last piece, else of the piece (documented: RAR 5.0 archive format); null: not told. */
  readonly crc: number | null;
}

/** What a volume's own headers tell. */
export interface VolumeHeader {
  /** From 0. */
  readonly number: number;
  readonly isVolume: boolean;
  readonly isLast: boolean;
  readonly naming: 'part' | 'old';
}

/** The headers of one format. Lengths depend on nothing but a header's numbers and name, and not on its CRC. */
export interface RarWriter {
  /** Signature and main header. */
  start(volume: VolumeHeader): Buffer;
  file(piece: PieceHeader): Buffer;
  end(volume: VolumeHeader): Buffer;
}

/** Up to this a CRC is computed, when the first header is asked for; of more it would take too long. */
const maxSummedBytes = 64 * 1024 * 1024;

interface Piece {
  readonly file: PackedFile;
  readonly start: number;
  readonly end: number;
}

/**
 * Archives in which files lie as they are (method `store`), made as they are read: any size costs the same memory. The CRCs of the
 * files are in them where these are 64 MiB at most together; else RAR 5 leaves them out, and RAR 3 has 0.
 */
export function storedRar(
  settings: RarSettings,
): readonly { readonly name: string; readonly source: ContentSource }[] {
  const writer = settings.format === 'rar3' ? rar3Writer : rar5Writer;
  const total = settings.files.reduce((sum, { source }) => sum + source.size, 0);
  const crcOf = total <= maxSummedBytes ? summer() : null;
  // A header is as long whatever its CRC is, where it has one.
  const headOf = (piece: Piece): PieceHeader => headerOf(piece, crcOf === null ? null : 0);
  const volumes = split(settings, writer, (piece) => writer.file(headOf(piece)).length);
  return volumes.map((pieces, number) => {
    const isVolume = settings.volumeBytes !== undefined;
    const isLast = number === volumes.length - 1;
    const header = { number, isVolume, isLast, naming: settings.naming };
    const parts = [
      written(() => writer.start(header)),
      ...pieces.flatMap((piece) => [
        {
          length: writer.file(headOf(piece)).length,
          bytes: async () => writer.file(headerOf(piece, (await crcOf?.(piece)) ?? null)),
        },
        piece,
      ]),
      written(() => writer.end(header)),
    ];
    return { name: volumeName(settings, number, volumes.length), source: joined(parts) };
  });
}

/** The pieces of the files in each volume. @throws {RangeError} where a volume has no room for a header. */
function split(
  { files, volumeBytes = Infinity, naming }: RarSettings,
  writer: RarWriter,
  headBytes: (piece: Piece) => number,
): Piece[][] {
  const volumes: Piece[][] = [];
  let room = 0;
  for (const file of files) {
    for (let start = 0, isDone = false; !isDone;) {
      const piece =
        volumes.length === 0 ? null : fittingPiece({ file, start, end: file.source.size }, room, headBytes);
      if (piece === null) {
        if (volumes.at(-1)?.length === 0) throw new RangeError('A volume is too small for a header.');
        const header = { number: volumes.length, isVolume: true, isLast: false, naming };
        room = volumeBytes - writer.start(header).length - writer.end(header).length;
        volumes.push([]);
        continue;
      }
      volumes.at(-1)?.push(piece);
      room -= headBytes(piece) + piece.end - piece.start;
      start = piece.end;
      isDone = start === file.source.size;
    }
  }
  return volumes.length === 0 ? [[]] : volumes;
}

/** What of the rest of a file fits behind its header; null where it has to wait for the next volume. */
function fittingPiece(rest: Piece, room: number, headBytes: (piece: Piece) => number): Piece | null {
  if (headBytes(rest) + rest.end - rest.start <= room) return rest;
  const upTo = (length: number): Piece => ({
    ...rest,
    end: rest.start + Math.max(0, Math.min(length, rest.end - rest.start)),
  });
  const safe = upTo(room - headBytes(upTo(room)));
  // The shorter piece may have a shorter header.
  const exact = upTo(room - headBytes(safe));
  const best = headBytes(exact) + exact.end - exact.start <= room ? exact : safe;
  return best.end > best.start ? best : null;
}

function headerOf({ file, start, end }: Piece, crc: number | null): PieceHeader {
  const { path, source } = file;
  const { size } = source;
  return { path, size, length: end - start, fromPrevious: start > 0, toNext: end < size, crc };
}

function volumeName({ baseName, naming, volumeBytes }: RarSettings, number: number, count: number): string {
  if (volumeBytes === undefined) return `${baseName}.rar`;
  if (naming === 'part') return `${baseName}.part${String(number + 1).padStart(`${count}`.length, '0')}.rar`;
  if (number === 0) return `${baseName}.rar`;
  const letter = String.fromCharCode('r'.charCodeAt(0) + Math.floor((number - 1) / 100));
  return `${baseName}.${letter}${String((number - 1) % 100).padStart(2, '0')}`;
}

/** Computes what a header tells of a piece, once: the whole file's CRC where the file ends with it. */
function summer(): (piece: Piece) => Promise<number> {
  const sums = new Map<Piece, Promise<number>>();
  return (piece) => {
    const { file, start, end } = piece;
    const sum = sums.get(piece) ?? crcOfRange(file.source, end === file.source.size ? 0 : start, end);
    sums.set(piece, sum);
    return sum;
  };
}

async function crcOfRange(source: ContentSource, start: number, end: number): Promise<number> {
  let crc = 0;
  for await (const slice of source.slices(start, end)) crc = crc32(slice, crc);
  return crc;
}

/** Bytes that are made when they are asked for. */
interface Written {
  readonly length: number;
  bytes(): Promise<Buffer>;
}

function written(make: () => Buffer): Written {
  return { length: make().length, bytes: () => Promise.resolve(make()) };
}

function joined(parts: readonly (Written | Piece)[]): ContentSource {
  const size = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  return {
    size,
    async *slices(start, end) {
      let at = 0;
      for (const part of parts) {
        const from = Math.max(0, start - at);
        const to = Math.min(lengthOf(part), end - at);
        at += lengthOf(part);
        if (from >= to) continue;
        if ('bytes' in part) yield (await part.bytes()).subarray(from, to);
        else yield* part.file.source.slices(part.start + from, part.start + to);
      }
    },
  };
}

function lengthOf(part: Written | Piece): number {
  return 'bytes' in part ? part.length : part.end - part.start;
}
