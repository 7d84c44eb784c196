import { createHash } from 'node:crypto';

/** A tree in memory that can be edited: what a mount serves in tests, without a store. */
export class MemoryTree {
  #nodes = new Map([
    [1n, { kind: 'directory', inode: 1n, parent: 1n, name: '', mtimeMs: Date.UTC(2026, 0, 1) }],
  ]);
  #byName = new Map();
  /** Children in order, of folders that were listed since they changed. */
  #listings = new Map();

  node(inode) {
    return this.#nodes.get(inode);
  }

  child(parent, name) {
    return this.#byName.get(`${parent}/${name}`);
  }

  children(parent, after, limit) {
    const listing =
      this.#listings.get(parent) ??
      [...this.#nodes.values()]
        .filter((node) => node.parent === parent && node.inode !== 1n)
        .sort((a, b) => (a.inode < b.inode ? -1 : 1));
    this.#listings.set(parent, listing);
    const from = listing.findIndex(({ inode }) => inode > after);
    return from < 0 ? [] : listing.slice(from, from + limit);
  }

  childrenFrom(parent, from, limit) {
    const byName = this.children(parent, 0n, Infinity).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return byName.slice(from, from + limit);
  }

  childCount(parent) {
    return this.children(parent, 0n, Infinity).length;
  }

  folders() {
    const folders = [...this.#nodes.values()].filter(({ kind }) => kind === 'directory');
    return folders.sort((a, b) => b.mtimeMs - a.mtimeMs).map(({ inode }) => inode);
  }

  counts() {
    const sizes = [...this.#nodes.values()].map((node) => (node.kind === 'file' ? node.size : 0));
    return { nodes: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  }

  sealed() {
    return null;
  }

  places() {
    return [];
  }

  content() {
    return undefined;
  }

  sources() {
    return [];
  }

  addDirectory(path, { mtimeMs = 0 } = {}) {
    return this.#add(path, 'directory', { mtimeMs });
  }

  addFile(path, { content, size, mtimeMs = 0 }) {
    return this.#add(path, `file ${content} ${size}`, { mtimeMs, content, size, pinnedTo: null });
  }

  addStatic(path, bytes, { mtimeMs = 0 } = {}) {
    return this.#add(path, 'static', { mtimeMs, bytes });
  }

  /** Removes a node and all below it. */
  remove(path) {
    const node = this.find(path);
    if (node === undefined) return;
    const removeBelow = (inode) => {
      for (const child of this.children(inode, 0n, Infinity)) removeBelow(child.inode);
      const { parent, name } = this.node(inode);
      this.#byName.delete(`${parent}/${name}`);
      this.#listings.delete(parent);
      this.#nodes.delete(inode);
    };
    removeBelow(node.inode);
  }

  /** Moves the time of a folder, as a change in it does. */
  touch(inode, mtimeMs) {
    this.#nodes.get(inode).mtimeMs = mtimeMs;
  }

  find(path) {
    let node = this.#nodes.get(1n);
    for (const name of path.split('/')) node = node && this.child(node.inode, name);
    return node;
  }

  /** Adds a node, replacing what has its path, and the directories above it. Its inode comes from what and where it is. */
  #add(path, identity, facts) {
    const names = path.split('/');
    const name = names.pop();
    const above = names.join('/');
    const parent = names.length === 0 ? 1n : (this.find(above)?.inode ?? this.addDirectory(above));
    const inode = createHash('sha256').update(`${identity}\0${path}`).digest().readBigUInt64BE() >> 1n;
    if (this.child(parent, name) !== undefined) this.remove(path);
    const node = { kind: identity.split(' ')[0], inode, parent, name, ...facts };
    this.#nodes.set(inode, node);
    this.#byName.set(`${parent}/${name}`, node);
    this.#listings.delete(parent);
    return inode;
  }
}

/**
 * Content of any size whose every byte can be checked: each eight bytes hold their own offset, the high half mixed with
 * the content's number, so that bytes of another place or another content never look right.
 */
export function ramp(content, offset, length) {
  const first = offset - (offset % 8);
  const words = Math.ceil((offset + length - first) / 8);
  const view = new DataView(new ArrayBuffer(words * 8));
  for (let word = 0; word < words; word += 1) {
    const at = first + word * 8;
    view.setUint32(word * 8, at % 2 ** 32, true);
    view.setUint32(word * 8 + 4, Math.floor(at / 2 ** 32) ^ Math.imul(content + 1, 0x9e3779b1), true);
  }
  return new Uint8Array(view.buffer, offset - first, length);
}

/** Gives ramp content, in two slices, so that who reads has to put them together. */
export const rampReader = {
  open: (content) => ({
    read: ({ offset, length }) => {
      const half = Math.floor(length / 2);
      return [ramp(content, offset, half), ramp(content, offset + half, length - half)];
    },
    bufferedFrom: () => 0,
    close: () => undefined,
  }),
};
