/**
 * Serves a tree of ramp content on a mount, from the build in `dist/`, until it is told to stop: a process that reads its
 * own mount waits for itself, so tests never mount in their own. Options come as JSON in the first argument; commands
 * and answers are messages.
 */
import { AppError } from '../../dist/core/errors.js';
import { silentLogger } from '../../dist/core/logger.js';
import { createKernelBinding } from '../../dist/fuse/kernel/kernel-binding.js';
import { tellChanges } from '../../dist/fuse/tell-changes.js';
import { createFuseNativeBinding } from '../../dist/fuse/native/fuse-native.js';
import { createFileSystem } from '../../dist/vfs/tree-file-system.js';
import { MemoryTree, ramp, rampReader } from './mount-tree.mjs';

const { readMs, binding: bindingName, transport, ...mountOptions } = JSON.parse(process.argv[2]);
const mtimeMs = Date.UTC(2024, 1, 29, 12, 0, 0);

/** Reads that wait for ever, until the command `release` answers them. */
const waiting = [];

/** How the contents of the files in `broken/` behave; all others are ramps. */
const faults = {
  900: () => {
    throw new Error('a defect');
  },
  901: () => Promise.reject(new AppError('network', 'The host is gone.')),
  902: ({ offset, length }) => [ramp(902, offset, Math.min(length, 100))],
  903: ({ offset, length }) => [ramp(903, offset, length + 100)],
  904: ({ offset, length }) =>
    new Promise((resolve) => waiting.push(() => resolve([ramp(904, offset, length)]))),
  /** Answers come late and in any order. */
  905: ({ offset, length }) =>
    new Promise((resolve) => setTimeout(() => resolve([ramp(905, offset, length)]), Math.random() * 5)),
};

const reader = {
  open(content, pinnedTo) {
    const fault = faults[content];
    if (fault === undefined) return rampReader.open(content, pinnedTo);
    return { read: fault, bufferedFrom: () => 0, close: () => undefined };
  },
};

const tree = new MemoryTree();
tree.addStatic('.debridfs-mounted', Buffer.from('mounted\n'), { mtimeMs });
tree.addFile('movies/Large (2024)/Large (2024).mkv', { content: 1, size: 60e9 + 7, mtimeMs });
tree.addFile('movies/Small (2024)/Small (2024).mkv', { content: 2, size: 100_001, mtimeMs });
tree.addFile('movies/Empty (2024)/Empty (2024).mkv', { content: 3, size: 0, mtimeMs });
tree.addFile(`names/${'n'.repeat(196)}.mkv`, { content: 4, size: 10 });
tree.addFile(`names/${'名'.repeat(65)}.mkv`, { content: 5, size: 10 });
tree.addFile('names/🎬 "film" \\ $HOME `x`\t.mkv', { content: 6, size: 10 });
for (let n = 0; n < 5000; n += 1) tree.addFile(`many/file ${n}.mkv`, { content: 7, size: n });
tree.addFile('broken/throws', { content: 900, size: 1e6 });
tree.addFile('broken/fails', { content: 901, size: 1e6 });
tree.addFile('broken/short', { content: 902, size: 1e6 });
tree.addFile('broken/long', { content: 903, size: 1e6 });
tree.addFile('broken/waits', { content: 904, size: 1e6 });
tree.addFile('slow.mkv', { content: 905, size: 1e8, mtimeMs });
tree.addFile('broken/lookup fails', { content: 8, size: 10 });

const fileSystem = createFileSystem({ tree, reader });
const lookup = fileSystem.lookup;
fileSystem.lookup = (parent, name, context) => {
  if (name === 'lookup fails') throw new Error('a defect');
  return lookup(parent, name, context);
};

const parts = { logger: silentLogger, deadlines: { readMs, otherMs: 5_000 } };
const binding =
  bindingName === 'fuse-native'
    ? createFuseNativeBinding(parts)
    : createKernelBinding({ ...parts, transport });
let mount;
try {
  mount = await binding.mount(fileSystem, mountOptions);
} catch (error) {
  process.send({ failed: { code: error.code, message: error.message } }, () => process.exit(1));
  await new Promise(() => undefined);
}
process.send({ mounted: { mountpoint: mount.mountpoint, capabilities: mount.capabilities } });
void mount.closed.then(() => process.send({ closed: true }));

/** What is told of a node that came or went. */
const changeOf = (kind, { parent, name, inode, ...node }) => ({
  kind,
  parent,
  name,
  inode,
  directory: node.kind === 'directory',
});

/** Adds a file and the folders above it, as a sync does; resolves once everybody was told. */
const publishAddition = async (path, size, content = 9) => {
  const changes = [];
  const names = path.split('/');
  for (let depth = 1; depth < names.length; depth += 1) {
    const above = names.slice(0, depth).join('/');
    if (tree.find(above) !== undefined) continue;
    tree.addDirectory(above, { mtimeMs: Date.now() });
    changes.push(changeOf('added', tree.find(above)));
  }
  const replaced = tree.find(path);
  if (replaced !== undefined) changes.push(changeOf('removed', replaced));
  tree.addFile(path, { content, size, mtimeMs });
  changes.push(changeOf('added', tree.find(path)));
  tree.touch(changes[0].parent, Date.now());
  await tellChanges(mount, changes);
};

/** Removes something and all that lies in it. */
const publishRemoval = async (path) => {
  const changes = [];
  const collect = (node) => {
    for (const child of tree.children(node.inode, 0n, Infinity)) collect(child);
    changes.push(changeOf('removed', node));
  };
  const node = tree.find(path);
  collect(node);
  tree.remove(path);
  tree.touch(node.parent, Date.now());
  await tellChanges(mount, changes);
};

/** A folder of files that was there before anybody looked. */
const fill = (folder, count) => {
  for (let n = 0; n < count; n += 1) tree.addFile(`${folder}/file ${n}.mkv`, { content: 7, size: n });
};

/** Keeps this thread from answering anybody. */
const beBusy = (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const commands = {
  fill,
  beBusy,
  add: publishAddition,
  remove: publishRemoval,
  release: () => waiting.splice(0).forEach((answer) => answer()),
  waiting: () => waiting.length,
  open: () => fileSystem.openHandles().map(({ name, bytesRead }) => ({ name, bytesRead })),
  unmount: async () => {
    await mount.unmount();
    await mount.unmount();
  },
  exit: () => process.exit(0),
  /** Ends while the kernel is being told of a change that waits for somebody's look-up, which waits for this process. */
  exitWhileTelling: (path) => {
    const { parent, name } = tree.find(path);
    setTimeout(async () => {
      const startMs = Date.now();
      while (Date.now() < startMs + 300);
      void mount.invalidateEntry(parent, name);
      // Lets the write begin, but no request in.
      for (let turn = 0; turn < 10; turn += 1) await null;
      while (Date.now() < startMs + 600);
      process.exit(0);
    }, 100);
  },
};

process.on('message', ({ id, command, args }) => {
  void (async () => {
    try {
      process.send({ id, value: (await commands[command](...args)) ?? null });
    } catch (error) {
      process.send({ id, failed: { code: error.code, message: error.message } });
    }
  })();
});
process.on('disconnect', () => process.exit(0));
