import { openSync } from 'node:fs';
import { beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/core/logger.js';
import type { Handover, KeptMount, WorkerMessage } from '../../../src/fuse/keeper/kept-device.js';
import { Keeper } from '../../../src/fuse/keeper/keeper.js';
import type { WorkerEnd } from '../../../src/fuse/keeper/worker.js';
import { FakeClock, settle } from '../../support/fake-clock.js';

// What a kernel that sends nothing again does, and a process that cannot end, cannot be had here: so the keeper's
// surroundings are played. What they really do is in test/mount/keeper.test.ts.

/** A process that does what the test says. */
class PlayedWorker {
  isStuck = false;
  handover: Handover | null = null;
  readonly device: number;
  readonly tell: (message: WorkerMessage) => void;
  readonly killed: string[] = [];
  readonly ended: Promise<WorkerEnd>;
  #end: (end: WorkerEnd) => void = () => undefined;

  constructor(_: unknown, device: number, tell: (message: WorkerMessage) => void) {
    this.device = device;
    this.tell = tell;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    world.workers.push(this);
  }

  serve(handover: Handover): void {
    this.handover = handover;
  }

  kill(signal: string): void {
    this.killed.push(signal);
    if (signal === 'SIGKILL') this.end(null);
  }

  mounts(resends: boolean): void {
    const session = { minor: 40, maxReadBytes: 2 ** 20, resends };
    this.tell({ kind: 'mounted', mounted: { mountpoint: '/mnt/debrid', device: '0:77', session } });
  }

  end(code: number | null): void {
    this.#end({ code, signal: code === null ? 'SIGKILL' : null });
  }
}

const world = vi.hoisted(() => ({
  workers: [] as PlayedWorker[],
  devices: [] as number[],
  aborted: [] as string[],
  unmounted: [] as string[],
  /** Whether what a worker says is mounted is so. */
  lies: [] as string[],
  /** As many attempts to end a connection fail. */
  refusals: [] as string[],
}));

vi.mock('../../../src/fuse/keeper/worker.js', () => ({
  // Read when it is used: a mock comes before all else in its file.
  get Worker() {
    return PlayedWorker;
  },
}));
vi.mock('../../../src/fuse/kernel/device.js', () => ({
  openDevice: () => {
    const device = openSync('/dev/null', 'r+');
    world.devices.push(device);
    return device;
  },
}));
vi.mock('../../../src/fuse/kernel/abort.js', () => ({
  abortConnection: (device: string) => {
    if (world.refusals.pop() !== undefined) throw new Error('EACCES');
    world.aborted.push(device);
  },
}));
vi.mock('../../../src/fuse/unmount.js', () => ({
  unmountAt: (path: string) => {
    world.unmounted.push(path);
    return Promise.resolve(1);
  },
}));

vi.mock('../../../src/fuse/keeper/listed-now.js', () => ({ isListedNow: () => world.lies.length === 0 }));

let clock: FakeClock;
beforeEach(() => {
  for (const list of Object.values(world)) list.length = 0;
  clock = new FakeClock();
});

function startKeeper(): Keeper {
  return new Keeper({ worker: { program: 'debridfs', args: [] }, clock, logger: silentLogger });
}

/** The one that serves: the newest that was handed the mount. */
function serving(): PlayedWorker {
  const found = world.workers.findLast(({ handover }) => handover !== null);
  if (found === undefined) throw new Error('No worker serves.');
  return found;
}

async function endOf(keeper: Keeper): Promise<number> {
  serving().tell({ kind: 'mounted', mounted: null });
  serving().end(0);
  return keeper.stopped;
}

test('Where the kernel sends again, the worker that waited takes over the same mount on the same device', async () => {
  const keeper = startKeeper();
  serving().mounts(true);
  const waiting = world.workers[1];
  serving().end(null);
  await settle();
  expect(serving()).toBe(waiting);
  expect(serving().handover).toMatchObject({ life: 1, mounted: { mountpoint: '/mnt/debrid' } });
  expect(world.devices).toHaveLength(1);
  expect(await endOf(keeper)).toBe(0);
});

test('Where the kernel does not send again, a crash ends the mount, and the next worker makes another', async () => {
  const keeper = startKeeper();
  serving().mounts(false);
  const waiting = world.workers[1];
  serving().end(null);
  await settle();
  // It has the old device, which would keep the old mount alive.
  expect(waiting?.killed).toEqual(['SIGKILL']);
  expect(serving().handover).toEqual({ life: 1, mounted: null });
  expect(world.devices).toHaveLength(2);
  expect(serving().device).toBe(world.devices[1]);
  expect(await endOf(keeper)).toBe(0);
});

test('A worker that was killed and cannot end is freed by ending its mount, and another is made', async () => {
  const keeper = startKeeper();
  const stuck = serving();
  stuck.mounts(true);
  stuck.isStuck = true;
  await clock.advance(500);
  expect(world.aborted).toEqual([]);
  await clock.advance(1_000);
  expect(world.aborted).toEqual(['0:77']);
  stuck.end(null);
  await settle();
  expect(serving()).not.toBe(stuck);
  expect(serving().handover).toEqual({ life: 1, mounted: null });
  await clock.advance(5_000);
  expect(world.aborted).toHaveLength(1);
  expect(await endOf(keeper)).toBe(0);
});

test('A keeper that cannot free a stuck worker at once tries again', async () => {
  const keeper = startKeeper();
  const stuck = serving();
  stuck.mounts(true);
  stuck.isStuck = true;
  world.refusals.push('once', 'twice');
  await clock.advance(1_500);
  expect(world.aborted).toEqual([]);
  await clock.advance(1_000);
  expect(world.aborted).toEqual(['0:77']);
  stuck.end(null);
  await settle();
  expect(serving().handover).toEqual({ life: 1, mounted: null });
  expect(await endOf(keeper)).toBe(0);
});

test('A mount that a worker made up is not believed', async () => {
  const keeper = startKeeper();
  world.lies.push('always');
  serving().mounts(true);
  serving().end(null);
  expect(await keeper.stopped).toBe(1);
  expect(world.unmounted).toEqual([]);
});

test('A worker that waits and dies is replaced', async () => {
  const keeper = startKeeper();
  serving().mounts(true);
  world.workers[1]?.end(null);
  await settle();
  await clock.advance(1_000);
  expect(world.workers).toHaveLength(3);
  serving().end(null);
  await settle();
  expect(serving()).toBe(world.workers[2]);
  expect(await endOf(keeper)).toBe(0);
});

test('A configuration that was broken meanwhile ends it, and its mount, at the next crash', async () => {
  const keeper = startKeeper();
  serving().mounts(true);
  serving().end(null);
  await settle();
  serving().end(2);
  expect(await keeper.stopped).toBe(2);
  expect(world.unmounted).toEqual(['/mnt/debrid']);
});

test('Workers that die before they serve do not follow each other at once', async () => {
  const keeper = startKeeper();
  serving().mounts(true);
  serving().end(null);
  await settle();
  const before = world.workers.length;
  serving().end(null);
  await settle();
  expect(world.workers).toHaveLength(before);
  await clock.advance(1_000);
  serving().mounts(true);
  expect(await endOf(keeper)).toBe(0);
});

test('A start that is stopped before it serves is no failure', async () => {
  const keeper = startKeeper();
  const stopped = keeper.stop();
  serving().end(null);
  await stopped;
  expect(await keeper.stopped).toBe(0);
});

test('What crashes again and again is given up and unmounted', async () => {
  const keeper = startKeeper();
  const lives: KeptMount[] = [];
  for (let life = 0; life < 30; life += 1) {
    expect(world.unmounted).toEqual([]);
    serving().mounts(true);
    lives.push(...[serving().handover?.mounted ?? []].flat());
    serving().end(null);
    await settle();
  }
  expect(await keeper.stopped).toBe(1);
  expect(world.unmounted).toEqual(['/mnt/debrid']);
  expect(lives).toHaveLength(29);
});

test('Crashes that are far apart are no reason to give up', async () => {
  const keeper = startKeeper();
  for (let life = 0; life < 60; life += 1) {
    serving().mounts(true);
    serving().end(null);
    await clock.advance(11_000);
  }
  expect(world.unmounted).toEqual([]);
  expect(await endOf(keeper)).toBe(0);
});

test('A worker that crashes before it has mounted is the end', async () => {
  const keeper = startKeeper();
  serving().end(2);
  expect(await keeper.stopped).toBe(2);
});

test('A worker that does not end when it is asked to is killed, and its mount taken away', async () => {
  const keeper = startKeeper();
  serving().mounts(true);
  const stopped = keeper.stop();
  expect(serving().killed).toEqual(['SIGTERM']);
  await clock.advance(8_000);
  await stopped;
  expect(await keeper.stopped).toBe(1);
  expect(world.unmounted).toEqual(['/mnt/debrid']);
});
