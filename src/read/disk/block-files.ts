import { constants } from 'node:fs';
import { mkdir, open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, codeOf } from '../../core/errors.js';
import { blockBytes } from '../blocks.js';
import { decodeRecord, looksLikeIndex, recordBytes, type BlockRecord } from './record.js';

/** The names say whose they are: a user may point `cache.dir` at a folder that holds other things, which are left alone. */
const prefix = 'debridfs-';
const blocksName = `${prefix}blocks`;
const indexName = `${prefix}index`;

/** Bytes of the index read at a time: 4096 records take some 10 ms to check, and then others have their turn. */
const sliceBytes = 4096 * recordBytes;

/** The two files in the cache folder: slots of blocks, and a record for each. Says what is in them, and changes it. */
export class BlockFiles {
  readonly #blocks: FileHandle;
  readonly #index: FileHandle;
  readonly #dir: string;
  readonly #unlock: () => void;

  private constructor(dir: string, blocks: FileHandle, index: FileHandle, unlock: () => void) {
    this.#dir = dir;
    this.#blocks = blocks;
    this.#index = index;
    this.#unlock = unlock;
  }

  /**
   * Opens the files in a folder, making what is not there, for this user alone.
   * @param lock keeps the folder for this process until the function that it returns is called.
   * @throws {AppError} `storage` when they are another version's or no cache. @throws the system's error when they cannot be opened.
   */
  static async open(dir: string, lock: (dir: string) => () => void): Promise<BlockFiles> {
    const unlock = lock(dir);
    let blocks: FileHandle | null = null;
    try {
      blocks = await openFile(join(dir, blocksName));
      return new BlockFiles(dir, blocks, await openFile(join(dir, indexName)), unlock);
    } catch (error) {
      await blocks?.close();
      unlock();
      throw error;
    }
  }

  /**
   * What the index says of the slots 0, 1, …, in slices; null for those without a block. A record that is torn, or for which
   * there is not as much data, is one of a free slot.
   * @throws {AppError} `storage` when the index is another version's or no index.
   */
  async *records(): AsyncGenerator<readonly (BlockRecord | null)[]> {
    const dataBytes = (await this.#blocks.stat()).size;
    const slice = Buffer.allocUnsafeSlow(sliceBytes);
    let looksOurs = false;
    for (let from = 0; ; from += sliceBytes) {
      const { bytesRead } = await this.#index.read(slice, 0, sliceBytes, from);
      if (bytesRead === 0 && from > 0 && !looksOurs) throw this.#foreign();
      if (bytesRead === 0) return;
      const bytes = slice.subarray(0, bytesRead);
      looksOurs ||= looksLikeIndex(bytes);
      const records: (BlockRecord | null)[] = [];
      for (let at = 0; at < bytesRead; at += recordBytes) {
        const decoded = decodeRecord(bytes, at);
        if (decoded === 'other-format') throw this.#foreign();
        const slot = (from + at) / recordBytes;
        const isWhole = typeof decoded === 'object' && slot * blockBytes + decoded.length <= dataBytes;
        records.push(isWhole && decoded.length <= blockBytes ? decoded : null);
      }
      yield records;
    }
  }

  /** Reads the blocks in adjacent slots; all but the last fill theirs. False where the file ends before. @throws the system's error. */
  async read(slot: number, into: readonly Buffer[]): Promise<boolean> {
    const { bytesRead } = await this.#blocks.readv([...into], slot * blockBytes);
    return bytesRead === into.reduce((sum, { length }) => sum + length, 0);
  }

  /** Writes blocks into adjacent slots; all but the last fill theirs. @throws the system's error. */
  async writeBlocks(slot: number, blocks: readonly Uint8Array[]): Promise<void> {
    await writeAll(this.#blocks, blocks, slot * blockBytes);
  }

  /** Writes the records of adjacent slots. @throws the system's error. */
  async writeRecords(slot: number, records: Uint8Array): Promise<void> {
    await writeAll(this.#index, [records], slot * recordBytes);
  }

  /** Cuts both files to so many slots. @throws the system's error. */
  async truncate(slots: number): Promise<void> {
    await shorten(this.#blocks, slots * blockBytes);
    await shorten(this.#index, slots * recordBytes);
  }

  /** Whether somebody deleted one of the files. @throws the system's error. */
  async areGone(): Promise<boolean> {
    const [blocks, index] = await Promise.all([this.#blocks.stat(), this.#index.stat()]);
    return blocks.nlink === 0 || index.nlink === 0;
  }

  /** Waits for what is being read and written; only then another process may have the folder. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#blocks.close(), this.#index.close()]);
    this.#unlock();
  }

  #foreign(): AppError {
    return new AppError(
      'storage',
      `${join(this.#dir, indexName)} was written by another version of debridfs, or is no cache. Delete ${blocksName} and ${indexName} there (all that is lost is a cache), or let cache.dir name another folder.`,
    );
  }
}

/** What the cache needs of its files. */
export type BlockStore = Pick<BlockFiles, keyof BlockFiles>;

/** Bytes of files in the folder that are named like ours and are not in use: another version's. @throws the system's error. */
export async function otherBytes(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir)) {
    if (!name.startsWith(prefix) || name === blocksName || name === indexName) continue;
    bytes += (await stat(join(dir, name))).size;
  }
  return bytes;
}

/**
 * Makes a folder and those above it, for this user alone. Not with `recursive`, for the reason that `core/make-folder.ts` has.
 * @throws the system's error.
 */
export async function makeCacheFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && (await stat(dir)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(dir) === dir) throw error;
    await makeCacheFolder(dirname(dir));
    await mkdir(dir, { mode: 0o700 });
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new AppError('storage', `${path} is no file. Let cache.dir name another folder.`);
}

async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[], at: number): Promise<void> {
  const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await handle.writev([...buffers], at);
  if (bytesWritten === bytes) return;
  // The disk took some of it: the rest tells why it did not take more.
  const rest = Buffer.concat(buffers).subarray(bytesWritten);
  const second = await handle.write(rest, 0, rest.length, at + bytesWritten);
  if (second.bytesWritten !== rest.length) throw new Error('The disk takes only a part of what is written.');
}

async function shorten(handle: FileHandle, bytes: number): Promise<void> {
  if ((await handle.stat()).size > bytes) await handle.truncate(bytes);
}
