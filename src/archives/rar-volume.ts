import type { ArchiveVolume, ReadVolume } from './archive.js';
import { damaged, OpaqueArchive, type FileBlock, type MainBlock, type RarBlock } from './rar-block.js';
import { parseRar3, rar3Signature } from './rar3.js';
import { parseRar5, rar5Signature } from './rar5.js';

/** A file, or what of it is in one volume. */
export interface FilePiece extends Omit<FileBlock, 'kind' | 'headBytes' | 'dataBytes'> {
  /** Where its bytes are in the volume. */
  readonly offset: number;
  readonly length: number;
}

export type RarFormat = 'rar3' | 'rar5';

export interface WalkedVolume {
  readonly format: RarFormat;
  /** Whether the archive has more than one volume. */
  readonly isVolume: boolean;
  readonly pieces: readonly FilePiece[];
}

/** How many headers an archive may have, and their bytes: media has few, and each may cost a request. */
const maxHeaders = 10_000;
const maxHeaderBytes = 8 * 1024 * 1024;
/** Read at once: the header of a file is some hundred bytes. */
const windowBytes = 4096;

/** What the walk through one archive may still cost. */
export class WalkBudget {
  #headers = maxHeaders;
  #bytes = maxHeaderBytes;

  /** @throws {OpaqueArchive} when it is used up. */
  spend(headBytes: number): void {
    this.#headers -= 1;
    this.#bytes -= headBytes;
    if (this.#headers < 0 || this.#bytes < 0) throw new OpaqueArchive('The archive has too many files.');
  }
}

/** The format that the first bytes of a volume tell; null where it is none. */
export function formatOf(start: Uint8Array): RarFormat | null {
  if (rar5Signature.equals(start.subarray(0, rar5Signature.length))) return 'rar5';
  return rar3Signature.equals(start.subarray(0, rar3Signature.length)) ? 'rar3' : null;
}

/** Where the first block of a volume is. */
export function firstBlockAt(format: RarFormat): number {
  return format === 'rar5' ? rar5Signature.length : rar3Signature.length;
}

/** @throws {AppError} `wrong-bytes`; {OpaqueArchive} */
export function parseBlock(format: RarFormat, bytes: Uint8Array, volumeName: string): RarBlock {
  return format === 'rar5' ? parseRar5(bytes, volumeName) : parseRar3(bytes, volumeName);
}

/**
 * Reads the headers of one volume, up to its end or to a file that goes on in the next one, behind which no other begins.
 * @throws {AppError} `wrong-bytes` where they do not check out, where the volume is another one, or ends too soon.
 * @throws {OpaqueArchive} where nothing can be read.
 */
export async function walkVolume(
  volume: ArchiveVolume,
  index: number,
  read: ReadVolume,
  budget: WalkBudget,
): Promise<WalkedVolume> {
  const window = new Window(volume, index, read);
  const format = await signature(window, volume, index);
  let at = firstBlockAt(format);
  let main: MainBlock | null = null;
  const pieces: FilePiece[] = [];
  while (at < volume.size) {
    const block = await nextBlock(window, format, at, volume);
    budget.spend(block.headBytes);
    const offset = at + block.headBytes;
    if (block.dataBytes > volume.size - offset) throw damaged(volume.name, 'it ends inside of a file');
    at = offset + block.dataBytes;
    if (block.kind === 'main') {
      if (main !== null) throw damaged(volume.name, 'it has two main headers');
      main = block;
      if (block.volumeNumber !== null && block.volumeNumber !== index) {
        throw damaged(volume.name, `it is volume ${block.volumeNumber + 1} and not ${index + 1}`);
      }
    } else if (main === null) {
      throw damaged(volume.name, 'it does not begin with its main header');
    } else if (block.kind === 'file') {
      pieces.push(pieceOf(block, offset));
      if (block.toNext) break;
    } else if (block.kind === 'end') break;
  }
  if (main === null) throw damaged(volume.name, 'it has no main header');
  return { format, isVolume: main.isVolume, pieces };
}

export function pieceOf(block: FileBlock, offset: number): FilePiece {
  const { path, size, isFolder, obstacle, fromPrevious, toNext } = block;
  return { path, size, isFolder, obstacle, fromPrevious, toNext, offset, length: block.dataBytes };
}

async function signature(window: Window, volume: ArchiveVolume, index: number): Promise<RarFormat> {
  const start = await window.from(0, Math.min(volume.size, rar5Signature.length));
  const format = formatOf(start);
  if (format !== null) return format;
  if (index > 0 || (start.length > 0 && start.every((byte) => byte === 0))) {
    throw damaged(volume.name, 'it does not begin like an archive');
  }
  throw new OpaqueArchive('It is no RAR archive, or one that extracts itself.');
}

async function nextBlock(
  window: Window,
  format: RarFormat,
  at: number,
  volume: ArchiveVolume,
): Promise<Exclude<RarBlock, { readonly kind: 'cut' }>> {
  let bytes = await window.from(at, 1);
  for (;;) {
    const block = parseBlock(format, bytes, volume.name);
    if (block.kind !== 'cut') return block;
    if (block.neededBytes > volume.size - at) throw damaged(volume.name, 'it ends inside of a header');
    bytes = await window.from(at, block.neededBytes);
  }
}

/** The bytes of a volume around where it is looked at. */
class Window {
  readonly #volume: ArchiveVolume;
  readonly #index: number;
  readonly #read: ReadVolume;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(volume: ArchiveVolume, index: number, read: ReadVolume) {
    this.#volume = volume;
    this.#index = index;
    this.#read = read;
  }

  /** What is there from an offset on: `length` bytes at least. @throws {AppError} where the volume is shorter than told. */
  async from(offset: number, length: number): Promise<Uint8Array> {
    const has = offset >= this.#start && offset + length <= this.#start + this.#bytes.length;
    if (!has) {
      const wanted = Math.min(this.#volume.size - offset, Math.max(length, windowBytes));
      this.#bytes = await this.#read(this.#index, offset, wanted);
      this.#start = offset;
      if (this.#bytes.length !== wanted)
        throw damaged(this.#volume.name, 'it is shorter than it was said to be');
    }
    return this.#bytes.subarray(offset - this.#start);
  }
}
