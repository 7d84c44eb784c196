import { closeSync, openSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { rootInode } from '../../../src/core/tree.js';
import { forgetAll } from '../../../src/fuse/kernel/forget-all.js';
import { OpenDevice } from '../../../src/fuse/kernel/open-device.js';
import { createFileSystem } from '../../../src/vfs/tree-file-system.js';
import { MemoryTree, rampReader } from '../../support/mount-tree.mjs';

describe('a kernel that another process served', () => {
  const descriptors: number[] = [];
  afterEach(() => {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  });

  const tree = new MemoryTree();
  const old = tree.addDirectory('movies/Old (1990)', { mtimeMs: 10 });
  tree.addFile('movies/Old (1990)/Old (1990).mkv', { content: 1, size: 5 });
  const movies = tree.find('movies')?.inode ?? 0n;
  tree.touch(movies, 20);
  // More than a page of a listing.
  const others = Array.from({ length: 600 }, (_, index) => `file ${index}.mkv`);
  for (const name of others) tree.addFile(name, { content: 2, size: 5 });
  tree.touch(rootInode, 5);

  /** What it is told to forget, in order. @param flags `r`: the device refuses what is written, as one that does not know it. */
  const told = async (flags: 'r' | 'w'): Promise<(bigint | string)[]> => {
    const descriptor = openSync('/dev/null', flags);
    descriptors.push(descriptor);
    const heard: (bigint | string)[] = [];
    const notifications = {
      invalidateEntry: (parent: bigint, name: string): Promise<void> => {
        heard.push(`${parent}/${name}`);
        return Promise.resolve();
      },
      invalidateInode: (inode: bigint): Promise<void> => {
        heard.push(inode);
        return Promise.resolve();
      },
    };
    const fileSystem = createFileSystem({ tree, reader: rampReader });
    await forgetAll(new OpenDevice(descriptor), notifications, fileSystem);
    return heard;
  };

  it('lists every folder anew, those that changed last first', async () => {
    expect(await told('w')).toEqual([movies, old, rootInode]);
  });

  it('forgets every name at the top where it cannot be told that all are old', async () => {
    const heard = await told('r');
    expect(heard.slice(0, -3).sort()).toEqual(['1/movies', ...others.map((name) => `1/${name}`)].sort());
    expect(heard.slice(-3)).toEqual([movies, old, rootInode]);
  });
});
