import { describe, expect, it } from 'vitest';
import { AppError } from '../src/core/errors.js';
import { silentLogger } from '../src/core/logger.js';
import { rootInode, type TreeChange } from '../src/core/tree.js';
import type { FuseBinding, Mount } from '../src/fuse/binding.js';
import { TreeMount } from '../src/tree-mount.js';
import type { FileSystem } from '../src/vfs/file-system.js';

/** A binding whose mounts take until they are let, and what became of them. */
function bindingByHand(): {
  readonly binding: FuseBinding;
  readonly done: string[];
  readonly succeed: () => void;
  readonly fail: () => void;
  readonly lose: () => void;
} {
  const done: string[] = [];
  let lose: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (lose = resolve));
  const mount: Mount = {
    mountpoint: '/m',
    capabilities: { invalidate: false } as Mount['capabilities'],
    closed,
    invalidateEntry: (_, name) => {
      done.push(`told of ${name}`);
      return Promise.resolve();
    },
    invalidateInode: () => Promise.resolve(),
    announce: () => Promise.resolve(),
    unmount: () => {
      done.push('unmounted');
      lose();
      return Promise.resolve();
    },
  };
  let succeed: () => void = () => undefined;
  let fail: () => void = () => undefined;
  const made = new Promise<Mount>((resolve, reject) => {
    succeed = () => resolve(mount);
    fail = () => reject(new AppError('storage', 'It cannot be mounted.'));
  });
  const binding: FuseBinding = {
    name: 'fuse-native',
    prepare: () => Promise.resolve(),
    mount: () => {
      done.push('mounting');
      return made;
    },
  };
  return { binding, done, succeed, fail, lose };
}

function treeMount(binding: FuseBinding, lost: () => void = () => undefined): TreeMount {
  return new TreeMount({
    mountpoint: '/m',
    settings: { attrTimeoutMs: null } as ConstructorParameters<typeof TreeMount>[0]['settings'],
    binding,
    fileSystem: {} as FileSystem,
    logger: silentLogger,
    mounting: (mount) => mount(),
    onLost: lost,
    onSilent: () => undefined,
  });
}

describe('the mount of the tree', () => {
  it('is taken away when Ctrl-C comes while it is being made', async () => {
    const { binding, done, succeed } = bindingByHand();
    const mount = treeMount(binding);
    const mounting = mount.mount();
    mount.ending('stopping');
    const unmounting = mount.unmount();
    succeed();
    await Promise.all([mounting, unmounting]);
    expect(done).toEqual(['mounting', 'unmounted']);
    expect(mount.report.state).toBe('stopping');
  });

  it('is not begun after Ctrl-C', async () => {
    const { binding, done } = bindingByHand();
    const mount = treeMount(binding);
    mount.ending('stopping');
    await mount.mount();
    await mount.unmount();
    expect(done).toEqual([]);
  });

  it('that failed needs no end', async () => {
    const { binding, done, fail } = bindingByHand();
    const mount = treeMount(binding);
    const mounting = mount.mount();
    fail();
    await expect(mounting).rejects.toMatchObject({ code: 'storage' });
    await mount.unmount();
    expect(done).toEqual(['mounting']);
  });

  it('tells when somebody else took it away, and only then', async () => {
    let losses = 0;
    const byOthers = bindingByHand();
    byOthers.succeed();
    await treeMount(byOthers.binding, () => (losses += 1)).mount();
    byOthers.lose();
    const byUs = bindingByHand();
    byUs.succeed();
    const ours = treeMount(byUs.binding, () => (losses += 1));
    await ours.mount();
    ours.ending('stopping');
    await ours.unmount();
    await new Promise(setImmediate);
    expect(losses).toBe(1);
  });

  it('has told the kernel of all changes when it says so', async () => {
    const { binding, succeed } = bindingByHand();
    let tell: () => void = () => undefined;
    const slow: FuseBinding = {
      ...binding,
      mount: async (...args) => ({
        ...(await binding.mount(...args)),
        invalidateEntry: () => new Promise((resolve) => (tell = resolve)),
      }),
    };
    succeed();
    const mount = treeMount(slow);
    await mount.mount();
    void mount.changed([{ kind: 'added', parent: rootInode, name: 'movies' } as TreeChange]);
    let isTold = false as boolean;
    const told = mount.told().then(() => (isTold = true));
    await new Promise(setImmediate);
    expect(isTold).toBe(false);
    tell();
    await told;
    mount.ending('stopping');
  });

  it('tells the kernel of what was published while it was being made', async () => {
    const { binding, done, succeed } = bindingByHand();
    const mount = treeMount(binding);
    const change: TreeChange = { kind: 'added', parent: rootInode, name: 'New', inode: 9n, directory: true };
    // Before it is begun nobody has seen the tree.
    await mount.changed([{ ...change, name: 'Early' }]);
    const mounting = mount.mount();
    const telling = mount.changed([change]);
    succeed();
    await Promise.all([mounting, telling]);
    await mount.told();
    expect(done).toEqual(['mounting', 'told of New']);
  });
});
