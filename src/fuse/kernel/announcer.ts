import { constants } from 'node:fs';
import { mkdir, open, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { Inode, TreeChange } from '../../core/tree.js';
import { pathsAfter } from '../../core/tree-path.js';
import type { Attributes, FileSystem, OperationContext } from '../../vfs/file-system.js';
import type { Announced, Announcements } from './announcements.js';

/** How often a name is tried that somebody else looks up at the same moment. */
const tries = 3;

/** For questions to the file system that nobody waits for. */
const nobody: OperationContext = { signal: new AbortController().signal, pid: 0 };

export interface AnnouncerParts {
  readonly mountpoint: string;
  /** `major:minor` of the mount. */
  readonly device: string;
  readonly fileSystem: FileSystem;
  readonly announcements: Announcements;
  /** Lets the kernel forget a name. */
  readonly forget: (parent: Inode, name: string) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Wakes programs that watch folders of the mount (inotify). The kernel tells watchers only of what was done through it, so
 * changes of the tree are done through it once more: what was added is created, what was removed is deleted, by system
 * calls of this process on its own mount, which the session answers and refuses to everybody else. The calls are made from
 * libuv's threads: one from the thread that answers would wait for itself.
 */
export class Announcer {
  readonly #parts: AnnouncerParts;
  // INVARIANT: resolves once everything that was asked for so far was announced.
  #last: Promise<void> = Promise.resolve();
  #unannounced = 0;

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  /**
   * Announces changes that are in the tree already, one after another and after those of earlier calls. Never rejects:
   * what fails is logged.
   */
  announce(changes: readonly TreeChange[]): Promise<void> {
    this.#unannounced += 1;
    this.#last = this.#last
      .then(() => this.#announceAll(changes))
      .finally(() => {
        this.#unannounced -= 1;
      });
    return this.#last;
  }

  /** Whether one of libuv's threads may be waiting for an answer of this process. */
  get isAnnouncing(): boolean {
    return this.#unannounced > 0;
  }

  async #announceAll(changes: readonly TreeChange[]): Promise<void> {
    const removed = changes.filter(({ kind }) => kind === 'removed');
    const pathTo = pathsAfter(changes, (inode) => this.#attributes(inode));
    const ghosts = removed.map((change): Announced => ({ ...change, attributes: this.#ghost(change) }));
    for (const ghost of ghosts) this.#parts.announcements.begin(ghost);
    // What lies in a folder goes before it, and comes after it.
    const depth = new Map(changes.map((change) => [change, depthOf(pathTo(change.parent))]));
    const byDepth = [...changes].sort((a, b) => (depth.get(a) ?? 0) - (depth.get(b) ?? 0));
    const inOrder = [
      ...byDepth.filter(({ kind }) => kind === 'removed').reverse(),
      ...byDepth.filter(({ kind }) => kind === 'added'),
    ];
    for (const change of inOrder) {
      try {
        await this.#announceOne(change, pathTo(change.parent));
      } catch (error) {
        this.#parts.logger.debug({ err: error, name: change.name }, 'watchers were not told of a change');
      }
    }
    for (const ghost of ghosts) this.#parts.announcements.end(ghost);
  }

  /** @param path that of its folder; null where it is in the tree no more. */
  async #announceOne(change: TreeChange, path: string | null): Promise<void> {
    if (path === null) return;
    const folder = await this.#openFolder(path);
    try {
      if (change.kind === 'removed') await this.#remove(folder, change);
      else await this.#create(folder, change);
    } finally {
      await folder.close();
    }
  }

  /**
   * The folder in which something is announced; the calls go through its descriptor, so that they never reach what lies
   * under the mountpoint once the mount is gone.
   * @throws {AppError} `storage` when the path no longer leads into the mount.
   */
  async #openFolder(path: string): Promise<FileHandle> {
    const { mountpoint, device } = this.#parts;
    const folder = await open(join(mountpoint, path), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const { dev } = await folder.stat({ bigint: true });
      if (deviceName(dev) === device) return folder;
      throw new AppError('storage', 'The mountpoint shows another file system.');
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  async #remove(folder: FileHandle, { name, directory }: TreeChange): Promise<void> {
    const path = below(folder, name);
    await (directory ? rmdir(path) : unlink(path));
  }

  async #create(folder: FileHandle, change: TreeChange): Promise<void> {
    const { fileSystem, announcements, forget } = this.#parts;
    const { parent, name, inode, directory } = change;
    const path = below(folder, name);
    for (let left = tries; ; left -= 1) {
      announcements.begin({ kind: 'added', parent, name, attributes: fileSystem.getattr(inode, nobody) });
      try {
        if (directory) await mkdir(path);
        else await (await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY)).close();
        return;
      } catch (error) {
        // Somebody looked the name up meanwhile, so that the kernel has it already.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || left === 1) throw error;
        await forget(parent, name);
      } finally {
        announcements.end(change);
      }
    }
  }

  /** What is left of something removed: it may still be open, and must keep its size then. */
  #ghost({ inode, parent, name, directory }: TreeChange): Attributes {
    const kind = directory ? 'directory' : 'file';
    return this.#attributes(inode) ?? { inode, parent, name, kind, size: 0, mtimeMs: 0, links: 1 };
  }

  /** Undefined for what is in the tree no more. */
  #attributes(inode: Inode): Attributes | undefined {
    try {
      return this.#parts.fileSystem.getattr(inode, nobody);
    } catch {
      return undefined;
    }
  }
}

/** A name in an open folder, as a path. */
function below(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

function depthOf(path: string | null): number {
  return path?.split('/').length ?? 0;
}

/** A device number as /proc/self/mountinfo writes it (glibc, gnu_dev_major and gnu_dev_minor). */
function deviceName(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}
