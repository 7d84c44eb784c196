import type * as fs from 'node:fs';
import { constants } from 'node:os';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.js';
import type { ContentReader } from '../../../src/core/reading.js';
import { rootInode, type Inode, type TreeNode } from '../../../src/core/tree.js';
import type * as dyingReader from '../../../src/fuse/kernel/dying-reader.js';
import { opcode } from '../../../src/fuse/protocol/numbers.js';
import {
  attr,
  attrOut,
  batchForgetIn,
  forgetIn,
  forgetOne,
  interruptIn,
  openIn,
  releaseIn,
  statfsOut,
} from '../../../src/fuse/protocol/structures.js';
import { settle } from '../../support/fake-clock.js';
import type { Answer } from '../../support/fake-device.js';
import {
  nameBody,
  pack,
  readBody,
  readEntry,
  readListing,
  readOpened,
  unpack,
  type RequestFacts,
} from '../../support/kernel-messages.js';
import { kernelWorld, readDeadlineMs, validMs } from '../../support/kernel-world.js';
import { MemoryTree, ramp } from '../../support/mount-tree.mjs';

/** Looks at readers that are under way, so that a test can wait for their end. */
const looks = vi.hoisted((): Promise<boolean>[] => []);

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof fs>()),
  ...(await import('../../support/fake-device.js')).deviceWrites,
}));
vi.mock('../../../src/fuse/kernel/dying-reader.js', async (original) => {
  const { isDying } = await original<typeof dyingReader>();
  const watched: typeof isDying = (pid) => {
    const look = isDying(pid);
    looks.push(look);
    return look;
  };
  // Whose readers are swept away is a matter of time; the mount tests have it.
  return { isDying: watched, isGone: () => Promise.resolve(false) };
});

const { EINTR, EIO, EISDIR, ENOENT, ENOSYS, ENOTDIR, EROFS } = constants.errno;

/** Whom the kernel may interrupt: a thread of another namespace, one that is gone, and one that lives on. */
const pids = { elsewhere: 0, gone: 2 ** 22 + 1, living: process.pid };

/** The requests that would change something, and nothing else. */
const writing = [
  opcode.setattr,
  opcode.symlink,
  opcode.mknod,
  opcode.mkdir,
  opcode.unlink,
  opcode.rmdir,
  opcode.rename,
  opcode.link,
  opcode.write,
  opcode.setxattr,
  opcode.removexattr,
  opcode.create,
  opcode.fallocate,
  opcode.rename2,
  opcode.copyFileRange,
  opcode.tmpfile,
];

/** What the kernel does without, and what nobody knows yet. */
const unknown = [
  opcode.readlink,
  opcode.fsync,
  opcode.getxattr,
  opcode.listxattr,
  opcode.flush,
  opcode.opendir,
  opcode.releasedir,
  opcode.fsyncdir,
  opcode.getlk,
  opcode.setlk,
  opcode.setlkw,
  opcode.access,
  opcode.bmap,
  opcode.ioctl,
  opcode.poll,
  opcode.lseek,
  opcode.setupmapping,
  opcode.removemapping,
  opcode.syncfs,
  opcode.statx,
  0,
  7,
  53,
  4096,
  0xffff_ffff,
];

/** Files of the tree, which come and go: one beyond 4 GiB, an empty one, and one whose bytes are in the tree. */
const files = {
  'movies/a.mkv': { content: 1, size: 100_001 },
  'movies/b.mkv': { content: 2, size: 2 ** 33 + 5 },
  'movies/empty': { content: 3, size: 0 },
  'shows/c.mkv': { content: 4, size: 5000 },
} as const;
const sentinel = Buffer.from('this folder is mounted\n');

type Path = keyof typeof files | 'sentinel';
const paths = [...(Object.keys(files) as Path[]), 'sentinel' as const];
/** Whatever a request may be about. */
const places = [...paths, 'movies', 'shows', '', 'nowhere'] as const;
type Place = (typeof places)[number];

/** How the reader answers. */
const behaviours = ['at once', 'in splinters', 'later', 'throws', 'breaks', 'too few', 'too many'] as const;
type Behaviour = (typeof behaviours)[number];
const endings = ['whole', 'too few', 'too many', 'fails', 'breaks'] as const;
type Ending = (typeof endings)[number];

/** A read that the reader answers later: the promise that it gave. */
interface Work {
  readonly signal: AbortSignal;
  readonly resolve: (slices: readonly Uint8Array[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Read {
  readonly unique: bigint;
  readonly pid: number;
  readonly content: number;
  readonly offset: number;
  readonly inside: number;
  readonly lateAtMs: number;
  readonly work: Work;
}

/** An open file as the kernel knows it. */
interface Opened {
  readonly inode: Inode;
  readonly place: Place;
}

/** What must be true of an answer. */
type Check = (answer: Answer) => void;

const fails =
  (errno: number): Check =>
  ({ error }) =>
    expect(Math.abs(error), 'errno').toBe(errno);

/** A kernel with its mount: it sends requests, and knows what the answers must be. */
class World {
  readonly #world;
  readonly #inodes: ReadonlyMap<Place, Inode>;
  /** How the reader answers the next read. */
  #behaviour: Behaviour = 'at once';
  #works: Work[] = [];
  #sent = 0n;
  /** What must be answered before the end of this step. */
  readonly #owed = new Map<bigint, Check>();
  /** Reads that may be answered in a later step. */
  #reads: Read[] = [];
  /** Reads that were answered without their work. */
  #late: Read[] = [];
  readonly #told = new Map<Inode, bigint>();
  readonly #open = new Map<number, Opened>();

  constructor() {
    const tree = new MemoryTree();
    const reader: ContentReader = {
      open: (content) => ({
        read: ({ offset, length, signal }) => this.#answered(content, offset, length, signal),
        bufferedFrom: () => 0,
        close: () => undefined,
      }),
    };
    this.#world = kernelWorld({ tree, reader, life: 3 });
    for (const path of paths) this.add(path);
    const inodeOf = (place: Place): Inode =>
      place === '' ? rootInode : (tree.find(place)?.inode ?? 2n ** 62n + 1n);
    this.#inodes = new Map(places.map((place) => [place, inodeOf(place)]));
  }

  add(path: Path): void {
    if (path === 'sentinel') this.#world.tree.addStatic(path, sentinel);
    else this.#world.tree.addFile(path, files[path]);
  }

  remove(place: Place): void {
    if (place !== '') this.#world.tree.remove(place);
  }

  lookup(parent: Place, name: string): void {
    const folder = this.#node(parent);
    const child = folder && this.#world.tree.child(folder.inode, name);
    this.#ask({ opcode: opcode.lookup, node: this.#inode(parent), body: nameBody(name) }, (answer) => {
      if (folder !== undefined && folder.kind !== 'directory') {
        fails(ENOTDIR)(answer);
        return;
      }
      fails(0)(answer);
      const entry = readEntry(answer.body);
      // A missing name is told as such, so that the kernel may keep that too.
      expect(entry.nodeid).toBe(child?.inode ?? 0n);
      expect(entry.generation).toBe(0n);
      expect(entry.entry_valid * 1000n + entry.entry_valid_nsec / 1_000_000n).toBe(BigInt(validMs));
      if (child === undefined) return;
      expect(entry.attr_valid * 1000n + entry.attr_valid_nsec / 1_000_000n).toBe(BigInt(validMs));
      expect(entry.attr).toMatchObject({ ino: child.inode, size: sizeOf(child) });
      this.#tell(child.inode);
    });
  }

  getattr(place: Place): void {
    const inode = this.#inode(place);
    const isOpen = [...this.#open.values()].some((opened) => opened.inode === inode);
    const node = this.#node(place);
    this.#ask({ opcode: opcode.getattr, node: inode }, (answer) => {
      fails(node !== undefined || isOpen ? 0 : ENOENT)(answer);
      if (answer.error !== 0) return;
      const { ino, size } = unpack(attr, answer.body, attrOut.at.attr);
      expect([ino, size]).toEqual([inode, node === undefined ? BigInt(sizeAt(place)) : sizeOf(node)]);
    });
  }

  open(place: Place, flags: number): void {
    const node = this.#node(place);
    const body = pack(openIn, { flags });
    this.#ask({ opcode: opcode.open, node: this.#inode(place), body }, (answer) => {
      const errno = flags !== 0 ? EROFS : node === undefined ? ENOENT : isFolder(node) ? EISDIR : 0;
      fails(errno)(answer);
      if (errno !== 0) return;
      const { fh, flags: told } = readOpened(answer.body);
      expect(this.#open.has(fh)).toBe(false);
      expect(told).toBe(2);
      this.#open.set(fh, { inode: this.#inode(place), place });
    });
  }

  /** @param at which open file; where none is open, or `stale`, a number of an earlier life. */
  async read(facts: {
    readonly at: number;
    readonly stale: boolean;
    readonly place: Place;
    readonly offset: number;
    readonly length: number;
    readonly behaviour: Behaviour;
    readonly pid: number;
  }): Promise<void> {
    const { offset, length, behaviour, pid } = facts;
    const number = facts.stale || this.#open.size === 0 ? 2 ** 32 + paths.length : this.#opened(facts.at);
    if (!this.#open.has(number)) {
      const node = this.#node(facts.place);
      const found = node !== undefined && !isFolder(node);
      if (found) this.#open.set(number, { inode: node.inode, place: facts.place });
    }
    const opened = this.#open.get(number) ?? { inode: this.#inode(facts.place), place: null };
    const { place } = opened;
    // The offset is counted from the start of the file, or from around its end.
    const size = place === null ? 0 : sizeAt(place);
    const from = offset < 100_000 ? offset : Math.max(0, size - 100_000 - 5000 + offset);
    const inside = Math.max(0, Math.min(length, size - from));
    const content = place !== null && place in files ? files[place as keyof typeof files].content : 0;
    const waits = content > 0 && inside > 0 && behaviour === 'later';
    const isWhole = content === 0 || inside === 0 || ['at once', 'in splinters'].includes(behaviour);
    this.#behaviour = behaviour;
    const body = readBody(number, from, length);
    const check = place === null || !isWhole ? fails(EIO) : gives(content, from, inside);
    const request = { opcode: opcode.read, node: opened.inode, body, pid };
    const unique = this.#ask(request, waits ? null : check);
    const work = this.#works.pop();
    expect(work !== undefined).toBe(waits);
    if (work !== undefined) {
      const lateAtMs = this.#world.clock.now() + readDeadlineMs;
      this.#reads.push({ unique, pid, content, offset: from, inside, lateAtMs, work });
    }
    // What the reader broke is told at once.
    await this.#owesNothing();
  }

  /** The reader ends the work on a read, which may have its answer already. */
  async end(at: number, ending: Ending, late: boolean): Promise<void> {
    const among = late ? this.#late : this.#reads;
    const read = among[at % among.length];
    if (read === undefined) return;
    if (!late) {
      this.#reads = this.#reads.filter((other) => other !== read);
      const { unique, content, offset, inside } = read;
      this.#owed.set(unique, ending === 'whole' ? gives(content, offset, inside) : fails(EIO));
    }
    endWork(read, ending);
    await settle();
    await this.#owesNothing();
  }

  async pass(ms: number): Promise<void> {
    const nowMs = this.#world.clock.now() + ms;
    this.#answerEarly((read) => read.lateAtMs <= nowMs, EIO);
    await this.#world.clock.advance(ms);
    await this.#owesNothing();
    for (const { work } of this.#late) expect(work.signal.aborted).toBe(true);
  }

  /** @param meanwhile the reader ends its work at the same moment. */
  async interrupt(at: number, meanwhile: boolean): Promise<void> {
    const read = this.#reads[at % this.#reads.length];
    const unique = read?.unique ?? this.#late[0]?.unique ?? 1n;
    const body = pack(interruptIn, { unique });
    const dies = read !== undefined && read.pid !== pids.living;
    if (dies && meanwhile) {
      const { content, offset, inside } = read;
      this.#reads = this.#reads.filter((other) => other !== read);
      this.#owed.set(unique, (answer) => {
        if (answer.error !== -EINTR) gives(content, offset, inside)(answer);
      });
    } else if (dies) this.#answerEarly((other) => other === read, EINTR);
    // The kernel sets the lowest bit of the interrupt's own number.
    this.#world.send({ opcode: opcode.interrupt, unique: unique | 1n, body });
    if (dies && meanwhile) endWork(read, 'whole');
    await Promise.all(looks.splice(0));
    await settle();
    await this.#owesNothing();
    if (read !== undefined && !meanwhile) expect(read.work.signal.aborted).toBe(dies);
  }

  list(place: Place, cookie: Place | 'dot' | 'dots' | 'start', size: number, plus: boolean): void {
    const reserved: Partial<Record<string, bigint>> = { start: 0n, dot: 1n, dots: 2n };
    const from = reserved[cookie] ?? this.#inode(cookie as Place);
    const node = this.#node(place);
    const code = plus ? opcode.readdirplus : opcode.readdir;
    this.#ask({ opcode: code, node: this.#inode(place), body: readBody(0, from, size) }, (answer) => {
      fails(node === undefined ? ENOENT : isFolder(node) ? 0 : ENOTDIR)(answer);
      if (answer.error !== 0) return;
      const listed = readListing(answer.body, plus);
      const children = this.#world.tree.children(this.#inode(place), from < 2n ? 2n : from, 100);
      const names = children.map(({ name }) => name);
      if (from < 2n) names.unshift('..');
      if (from < 1n) names.unshift('.');
      expect(listed.map(({ name }) => name)).toEqual(names);
      if (plus) for (const { inode } of children) this.#tell(inode);
    });
  }

  /** @param at which open file; where none is open, one that was never opened. */
  release(at: number, isOpen: boolean): void {
    const fh = isOpen && this.#open.size > 0 ? this.#opened(at) : 77;
    const inode = this.#open.get(fh)?.inode ?? rootInode;
    this.#open.delete(fh);
    this.#ask({ opcode: opcode.release, node: inode, body: pack(releaseIn, { fh }) }, fails(0));
  }

  statfs(): void {
    this.#ask({ opcode: opcode.statfs, node: rootInode }, ({ error, body }) => {
      expect(error).toBe(0);
      const { bsize, bfree, namelen } = unpack(statfsOut, body);
      expect([bsize * bfree, namelen]).toEqual([2n ** 50n, 255n]);
    });
  }

  refused(code: number, place: Place, errno: number, pid: number): void {
    this.#ask({ opcode: code, node: this.#inode(place), body: nameBody('new', 16), pid }, fails(errno));
  }

  /** @param more than what was told. */
  forget(place: Place, share: number, more: boolean): void {
    const inode = this.#inode(place);
    const count = more ? 2n ** 64n - 1n : ((this.#told.get(inode) ?? 0n) * BigInt(share)) / 3n;
    const body = pack(forgetIn, { nlookup: count });
    this.#world.send({ opcode: opcode.forget, unique: this.#unique(), node: inode, body });
    this.#forgot(inode, count);
  }

  forgetAll(): void {
    const all = [...this.#told];
    const ones = all.map(([nodeid, nlookup]) => pack(forgetOne, { nodeid, nlookup }));
    const body = Buffer.concat([pack(batchForgetIn, { count: all.length }), ...ones]);
    this.#world.send({ opcode: opcode.batchForget, unique: this.#unique(), body });
    for (const [inode, count] of all) this.#forgot(inode, count);
  }

  /** What the kernel says to whom it was asked to wake. */
  notifyReply(): void {
    this.#world.send({ opcode: opcode.notifyReply, unique: this.#unique(), body: readBody(0, 0, 0) });
  }

  /** After each step: what was to be answered was, once, and nothing else. */
  async #owesNothing(): Promise<void> {
    this.check();
    await settle();
    this.check();
  }

  check(): void {
    const { device, fileSystem, nodes, session } = this.#world;
    for (const answer of device.take()) {
      const check = this.#owed.get(answer.unique);
      if (check === undefined) throw new Error(`Nobody waits for ${answer.unique}: ${answer.error}.`);
      this.#owed.delete(answer.unique);
      check(answer);
    }
    expect(device.refused).toEqual([]);
    expect([...this.#owed.keys()]).toEqual([]);
    expect(session.waiting).toBe(this.#reads.length);
    expect(nodes.size).toBe(this.#told.size);
    expect(fileSystem.openHandles()).toHaveLength(this.#open.size);
  }

  /** The end: time passes, the reader ends all it began, and the kernel lets go of everything. */
  async finish(): Promise<void> {
    await this.pass(readDeadlineMs);
    expect(this.#world.session.waiting).toBe(0);
    for (const read of this.#late) endWork(read, 'whole');
    this.forgetAll();
    for (const fh of [...this.#open.keys()]) {
      this.release([...this.#open.keys()].indexOf(fh), true);
    }
    await this.#owesNothing();
    expect(this.#world.nodes.size).toBe(0);
    expect(this.#world.fileSystem.openHandles()).toEqual([]);
  }

  #answered(
    content: number,
    offset: number,
    length: number,
    signal: AbortSignal,
  ): readonly Uint8Array[] | Promise<readonly Uint8Array[]> {
    const bytes = ramp(content, offset, length);
    switch (this.#behaviour) {
      case 'at once':
        return [bytes.subarray(0, length >> 1), bytes.subarray(length >> 1)];
      case 'in splinters':
        return splinters(bytes, 3000);
      case 'too few':
        return [bytes.subarray(1)];
      case 'too many':
        return [bytes, bytes.subarray(0, 1)];
      case 'throws':
        throw new AppError('no-source', 'Nobody has it.');
      case 'breaks':
        throw new TypeError('a defect');
      case 'later':
        return new Promise((resolve, reject) => {
          this.#works.push({ signal, resolve, reject });
        });
    }
  }

  #ask(request: RequestFacts, check: Check | null): bigint {
    const unique = this.#unique();
    if (check !== null) this.#owed.set(unique, check);
    this.#world.send({ ...request, unique });
    return unique;
  }

  /** Numbers of all 64 bits, none twice; the lowest bit is the interrupts'. */
  #unique(): bigint {
    this.#sent += 1n;
    return BigInt.asUintN(64, this.#sent * 0x9e37_79b9_7f4a_7c15n) & ~1n;
  }

  #answerEarly(whose: (read: Read) => boolean, errno: number): void {
    const answered = this.#reads.filter(whose);
    for (const { unique } of answered) this.#owed.set(unique, fails(errno));
    this.#reads = this.#reads.filter((read) => !answered.includes(read));
    this.#late.push(...answered);
  }

  #tell(inode: Inode): void {
    this.#told.set(inode, (this.#told.get(inode) ?? 0n) + 1n);
  }

  #forgot(inode: Inode, count: bigint): void {
    const left = (this.#told.get(inode) ?? 0n) - count;
    if (left > 0n) this.#told.set(inode, left);
    else this.#told.delete(inode);
  }

  #opened(at: number): number {
    return [...this.#open.keys()][at % this.#open.size] ?? 0;
  }

  #inode(place: Place): Inode {
    return this.#inodes.get(place) ?? 0n;
  }

  #node(place: Place): TreeNode | undefined {
    return this.#world.tree.node(this.#inode(place));
  }
}

const gives =
  (content: number, offset: number, length: number): Check =>
  ({ error, body }) => {
    expect(error).toBe(0);
    const bytes = content === 0 ? sentinel.subarray(offset, offset + length) : ramp(content, offset, length);
    expect(body.length).toBe(length);
    expect(body.equals(bytes)).toBe(true);
  };

function endWork({ content, offset, inside, work }: Read, ending: Ending): void {
  const bytes = ramp(content, offset, inside);
  if (ending === 'whole') work.resolve(splinters(bytes, 3));
  else if (ending === 'too few') work.resolve([bytes.subarray(0, inside - 1)]);
  else if (ending === 'too many') work.resolve([bytes, bytes.subarray(0, 1)]);
  else if (ending === 'fails') work.reject(new AppError('network', 'The host is gone.'));
  else work.reject(new TypeError('a defect'));
}

function splinters(bytes: Uint8Array, most: number): Uint8Array[] {
  const each = Math.max(1, Math.ceil(bytes.length / most));
  return Array.from({ length: Math.ceil(bytes.length / each) }, (_, n) =>
    bytes.subarray(n * each, (n + 1) * each),
  );
}

function sizeAt(place: Place): number {
  return place === 'sentinel'
    ? sentinel.length
    : place in files
      ? files[place as keyof typeof files].size
      : 0;
}

function sizeOf(node: TreeNode): bigint {
  return BigInt(node.kind === 'directory' ? 0 : node.kind === 'file' ? node.size : node.bytes.length);
}

function isFolder({ kind }: TreeNode): boolean {
  return kind === 'directory';
}

type Step = fc.AsyncCommand<World, World>;

/** Steps of one kind: what they are made of, and what is done with it. */
function steps<Facts extends readonly unknown[]>(
  title: string,
  facts: fc.Arbitrary<Facts>,
  run: (world: World, ...facts: Facts) => void | Promise<void>,
): fc.Arbitrary<Step> {
  return facts.map((given) => ({
    check: () => true,
    async run(world) {
      await run(world, ...given);
      world.check();
    },
    toString: () => `${title}(${given.map((fact) => JSON.stringify(fact)).join(', ')})`,
  }));
}

const somewhere = fc.constantFrom(...places);
const some = fc.nat(20);
const often = (probability: number): fc.Arbitrary<boolean> => fc.nat(99).map((n) => n < probability);
const pid = fc.constantFrom(...Object.values(pids));
const length = fc.oneof(
  { arbitrary: fc.nat(10_000), weight: 9 },
  { arbitrary: fc.constant(2 ** 20), weight: 1 },
);

const allSteps = [
  steps(
    'lookup',
    fc.tuple(somewhere, fc.constantFrom('movies', 'a.mkv', 'b.mkv', 'c.mkv', 'sentinel', 'none', '名前')),
    (world, parent, name) => world.lookup(parent, name),
  ),
  steps('getattr', fc.tuple(somewhere), (world, place) => world.getattr(place)),
  steps(
    'open',
    fc.tuple(
      somewhere,
      fc.oneof(
        { arbitrary: fc.constant(0), weight: 5 },
        { arbitrary: fc.constantFrom(1, 2, 0o100, 0o1000, 0o2000), weight: 1 },
      ),
    ),
    (world, place, flags) => world.open(place, flags),
  ),
  ...['later', 'any'].map((when) =>
    steps(
      'read',
      fc.tuple(
        fc.record({
          at: some,
          stale: often(10),
          place: fc.constantFrom(...paths, 'movies' as const),
          offset: fc.nat(110_000),
          length,
          behaviour: when === 'later' ? fc.constant('later' as const) : fc.constantFrom(...behaviours),
          pid,
        }),
      ),
      (world, facts) => world.read(facts),
    ),
  ),
  steps('end', fc.tuple(some, fc.constantFrom(...endings), often(20)), (world, at, ending, late) =>
    world.end(at, ending, late),
  ),
  steps('interrupt', fc.tuple(some, often(30)), (world, at, meanwhile) => world.interrupt(at, meanwhile)),
  steps('pass', fc.tuple(fc.nat(700)), (world, ms) => world.pass(ms)),
  steps(
    'list',
    fc.tuple(
      somewhere,
      fc.constantFrom('start', 'dot', 'dots', 'movies/a.mkv', 'movies/b.mkv', 'shows'),
      fc.integer({ min: 4096, max: 65536 }),
      fc.boolean(),
    ),
    (world, place, cookie, size, plus) => world.list(place, cookie, size, plus),
  ),
  steps('release', fc.tuple(some, often(90)), (world, at, isOpen) => world.release(at, isOpen)),
  steps('statfs', fc.tuple(), (world) => world.statfs()),
  steps('write', fc.tuple(fc.constantFrom(...writing), somewhere, pid), (world, code, place, who) =>
    world.refused(code, place, EROFS, who),
  ),
  steps('unknown', fc.tuple(fc.constantFrom(...unknown), somewhere), (world, code, place) =>
    world.refused(code, place, ENOSYS, 0),
  ),
  steps('destroy', fc.tuple(), (world) => world.refused(opcode.destroy, '', 0, 0)),
  steps('forget', fc.tuple(somewhere, fc.nat(3), often(10)), (world, place, share, more) =>
    world.forget(place, share, more),
  ),
  steps('forgetAll', fc.tuple(), (world) => world.forgetAll()),
  steps('notifyReply', fc.tuple(), (world) => world.notifyReply()),
  steps('add', fc.tuple(fc.constantFrom(...paths)), (world, path) => world.add(path)),
  steps('remove', fc.tuple(fc.constantFrom(...paths, 'movies' as const)), (world, place) =>
    world.remove(place),
  ),
];

test('every request has exactly one answer, and a read its exact bytes or an error, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(allSteps, { maxCommands: 80, size: 'max' }), async (commands) => {
      const world = new World();
      await fc.asyncModelRun(() => ({ model: world, real: world }), commands);
      await world.finish();
    }),
    { numRuns: 120 },
  );
}, 60_000);

test('an answer that the kernel does not take is EIO for its reader, unless nobody waits any more', () => {
  const { tree, device, send } = kernelWorld();
  const node = tree.addFile('f', { content: 1, size: 100 });
  send({ opcode: opcode.open, unique: 2n, node, body: pack(openIn, {}) });
  const { fh } = readOpened(device.take()[0]?.body ?? Buffer.alloc(0));
  for (const [request, more] of [
    [opcode.getattr, {}],
    [opcode.read, { body: readBody(fh, 0, 100) }],
  ] as const) {
    device.refuseNext('EFAULT');
    send({ opcode: request, unique: 4n, node, ...more });
    expect(device.take()).toEqual([{ unique: 4n, error: -EIO, body: Buffer.alloc(0) }]);
    device.refuseNext('ENOENT');
    send({ opcode: request, unique: 6n, node, ...more });
    expect(device.take()).toEqual([]);
  }
  // An errno that is not taken either is nothing that could be helped.
  device.refuseNext('ENODEV');
  send({ opcode: opcode.fsync, unique: 8n, node });
  expect(device.refused.map(({ code }) => code)).toEqual(['EFAULT', 'ENOENT', 'EFAULT', 'ENOENT', 'ENODEV']);
});

test('the kernel is told what a file is, with all 64 bits of its number and its size', () => {
  const { tree, ask } = kernelWorld();
  const size = 2 ** 40 + 1;
  const file = tree.addFile('film', { content: 1, size, mtimeMs: 1_700_000_000_123 });
  const facts = {
    ino: file,
    size: BigInt(size),
    blocks: 2n ** 31n + 1n,
    atime: 1_700_000_000n,
    mtime: 1_700_000_000n,
    ctime: 1_700_000_000n,
    atimensec: 123_000_000n,
    mtimensec: 123_000_000n,
    ctimensec: 123_000_000n,
    mode: 0o100644n,
    nlink: 1n,
    uid: 1000n,
    gid: 1001n,
    rdev: 0n,
    blksize: 4096n,
    flags: 0n,
  };
  const found = ask({ opcode: opcode.lookup, node: rootInode, body: nameBody('film') });
  expect(readEntry(found).attr).toEqual(facts);
  const told = ask({ opcode: opcode.getattr, node: file });
  expect(unpack(attr, told, attrOut.at.attr)).toEqual(facts);
  expect(unpack(attrOut, told)).toMatchObject({ attr_valid: 61n, attr_valid_nsec: 250_000_000n });
  const root = unpack(attr, ask({ opcode: opcode.getattr, node: rootInode }), attrOut.at.attr);
  expect(root).toMatchObject({ ino: 1n, size: 0n, mode: 0o040755n, nlink: 1n });
});
