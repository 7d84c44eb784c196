import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, type Logger } from '../../src/core/logger.js';
import type { Item, ItemFile, Listing } from '../../src/core/torrent.js';
import { rootInode, type Inode, type Tree, type TreeNode } from '../../src/core/tree.js';
import { openForReading, openForWriting } from '../../src/store/database.js';
import { TreeReader } from '../../src/store/tree-reader.js';
import { Librarian } from '../../src/sync/librarian.js';
import { libraryWriter, type LibraryWriter } from '../../src/sync/library-writer.js';
import type { PublishOptions } from '../../src/sync/publisher.js';
import type { FakeClock } from './fake-clock.js';

/** A library in a folder of its own, with the librarian in this thread. */
export interface TestLibrary {
  readonly stateDir: string;
  readonly librarian: Librarian;
  readonly tree: TreeReader;
  close(): void;
}

/** The librarian in this thread, behind the same promises as in its own. */
export function inThisThread({ librarian }: TestLibrary): LibraryWriter {
  return libraryWriter((method, args) => {
    const work = librarian[method].bind(librarian) as (...args: readonly unknown[]) => unknown;
    return new Promise((resolve) => resolve(work(...args)));
  });
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'debridfs-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** As a configuration without anything about the tree has it. */
export const plainOptions: PublishOptions = {
  accounts: ['rd', 'ad', 'tb'],
  anime: 'shows',
  versions: 'all',
  idTags: 'plex',
  folders: [],
  overrides: new Map(),
};

/** Opens the library as the process does, everything placed by the rules given. */
export function openLibrary(
  stateDir: string,
  clock: FakeClock,
  options: Partial<PublishOptions> = {},
  logger: Logger = silentLogger,
): TestLibrary {
  const publishing: PublishOptions = { ...plainOptions, ...options };
  const writing = openForWriting(stateDir);
  const librarian = new Librarian(writing, publishing, clock, logger);
  while (librarian.placeAnew().left > 0);
  const reading = openForReading(stateDir);
  return {
    stateDir,
    librarian,
    tree: new TreeReader(reading, publishing.accounts),
    close: () => {
      reading.close();
      librarian.close();
    },
  };
}

/** Every node below the root by its path; folders end with `/`. */
export function walk(tree: Tree): Map<string, TreeNode> {
  const found = new Map<string, TreeNode>();
  const visit = (inode: Inode, prefix: string): void => {
    for (const node of tree.children(inode, 0n, 1_000_000)) {
      const path = `${prefix}${node.name}${node.kind === 'directory' ? '/' : ''}`;
      found.set(path, node);
      if (node.kind === 'directory') visit(node.inode, path);
    }
  };
  visit(rootInode, '');
  return found;
}

/** The paths of all files below a folder, sorted. */
export function filesBelow(tree: Tree, folder: string): string[] {
  return [...walk(tree).keys()].filter((path) => path.startsWith(folder) && !path.endsWith('/')).sort();
}

const gigabyte = 1_000_000_000;

export function file(path: string, over: Partial<ItemFile> = {}): ItemFile {
  return { path, pathTold: true, size: 2 * gigabyte, ref: `ref:${path}`, packed: false, ...over };
}

/** A ready item; the infohash is 40 times the given hex digit unless told otherwise. */
export function item(
  id: string,
  name: string,
  files: readonly ItemFile[] | null,
  over: Partial<Item> = {},
): Item {
  return {
    id,
    torrent: id.repeat(40).slice(0, 40),
    name,
    addedMs: Date.UTC(2026, 0, 1),
    state: 'ready',
    reason: null,
    files,
    revision: '1',
    ...over,
  };
}

export function complete(...items: readonly Item[]): Listing {
  return { scope: 'complete', items, unreadable: [] };
}
