import fc from 'fast-check';
import { copyFile, open, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Content } from '../../../src/core/content.js';
import { AppError } from '../../../src/core/errors.js';
import type { DiskCache } from '../../../src/read/disk/disk-cache.js';
import {
  bytesOf,
  content,
  folderBytes,
  openCache,
  present,
  putBytes,
  rd,
  readBytes,
  readRun,
  slotBytes,
  temporaryFolder,
  written,
} from './cache-folder.js';

const contents = ['one', 'two', 'three'].map((name) => content(name, 2));
const blocks = 3;

type Step =
  | { readonly kind: 'put' | 'read'; readonly of: number; readonly index: number; readonly waits: boolean }
  | { readonly kind: 'pin'; readonly of: number; readonly index: number }
  | { readonly kind: 'remove'; readonly of: number }
  | { readonly kind: 'reopen' | 'crash'; readonly slots: number }
  | {
      readonly kind: 'damage';
      readonly name: 'blocks' | 'index';
      readonly at: number;
      readonly cuts: boolean;
    };

const of = fc.nat({ max: contents.length - 1 });
const index = fc.nat({ max: blocks - 1 });
const slots = fc.integer({ min: 1, max: 9 });
const put = fc.record({ kind: fc.constant('put' as const), of, index, waits: fc.boolean() });
const read = fc.record({ kind: fc.constant('read' as const), of, index, waits: fc.boolean() });
const pin = fc.record({ kind: fc.constant('pin' as const), of, index });
const remove = fc.record({ kind: fc.constant('remove' as const), of });
const reopen = fc.record({ kind: fc.constantFrom('reopen' as const, 'crash' as const), slots });
const damage = fc.record({
  kind: fc.constant('damage' as const),
  name: fc.constantFrom('blocks' as const, 'index' as const),
  at: fc.nat(),
  cuts: fc.boolean(),
});
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: put },
  { weight: 9, arbitrary: read },
  { weight: 2, arbitrary: pin },
  { weight: 1, arbitrary: remove },
  { weight: 1, arbitrary: reopen },
  { weight: 1, arbitrary: damage },
);

/** The files as a crash leaves them: copied while they may be written. */
async function copyOf(dir: string): Promise<string> {
  const to = await temporaryFolder();
  await Promise.all((await readdir(dir)).map((name) => copyFile(join(dir, name), join(to, name))));
  return to;
}

async function damageFile(path: string, at: number, cuts: boolean): Promise<void> {
  const { size } = await stat(path);
  if (size === 0) return;
  if (cuts) {
    await truncate(path, at % size);
    return;
  }
  const file = await open(path, 'r+');
  await file.write(Buffer.from([at & 0xff]), 0, 1, at % size);
  await file.close();
}

/** Plays steps; throws where a read gives what was never put, or the files are too large. @returns how many reads gave bytes. */
async function play(steps: readonly Step[]): Promise<number> {
  let dir = await temporaryFolder();
  let most = 7;
  let cache = await openCache(dir, { slots: most });
  // A content's bytes have a version, which changes when it is removed: those from before must not come again.
  const version = contents.map(() => 0);
  // Whether a crash may bring back what was removed, because nobody waited for it to be written down.
  const allowed = contents.map(() => new Set([0]));
  let isDamaged = false;
  const reading: Promise<void>[] = [];
  let hits = 0;

  const check = async (which: number, at: number, of: Content): Promise<void> => {
    const versions = [...(allowed[which] ?? [])];
    const run = await readRun(cache, of, at, 2);
    for (const [next, block] of run.entries()) {
      if (!versions.some((one) => block.equals(bytesOf(of, at + next, one)))) throw new Error('Wrong bytes.');
      hits += 1;
    }
  };
  const openAgain = async (): Promise<void> => {
    try {
      cache = await openCache(dir, { slots: most });
    } catch (error) {
      // An index of which no record is left is not known for one.
      if (!isDamaged || !(error instanceof AppError) || error.code !== 'storage') throw error;
      dir = await temporaryFolder();
      cache = await openCache(dir, { slots: most });
    }
    isDamaged = false;
  };

  for (const step of steps) {
    switch (step.kind) {
      case 'put':
      case 'read': {
        const one = contents[step.of];
        if (one === undefined) break;
        if (step.kind === 'put')
          putBytes(cache, one, rd, step.index, bytesOf(one, step.index, version[step.of]));
        else reading.push(check(step.of, step.index, one));
        if (step.waits) await (step.kind === 'put' ? written(cache) : reading.at(-1));
        break;
      }
      case 'pin':
        cache.pin(contents[step.of] ?? content(''), [step.index]);
        break;
      case 'remove': {
        cache.remove(contents[step.of] ?? content(''));
        const next = (version[step.of] ?? 0) + 1;
        version[step.of] = next;
        allowed[step.of] = new Set([next]);
        break;
      }
      case 'reopen':
        most = step.slots;
        await Promise.all(reading.splice(0));
        await cache.close();
        await openAgain();
        break;
      case 'crash': {
        most = step.slots;
        const copy = await copyOf(dir);
        for (const [which, upTo] of version.entries()) {
          allowed[which] = new Set(Array.from({ length: upTo + 1 }, (_, one) => one));
        }
        await Promise.all(reading.splice(0));
        await cache.close();
        dir = copy;
        await openAgain();
        break;
      }
      case 'damage':
        isDamaged = true;
        await damageFile(join(dir, `debridfs-${step.name}`), step.at, step.cuts);
        break;
    }
    const { usedBytes, pinnedBytes, maxPinnedBytes } = cache.stats();
    if ((await folderBytes(dir)) > most * slotBytes || usedBytes > most * slotBytes)
      throw new Error('Too large.');
    if (pinnedBytes > maxPinnedBytes) throw new Error('Too many pins.');
  }
  await Promise.all(reading);
  await cache.close();
  return hits;
}

it(
  'a read gives the bytes that were put, or nothing, whatever happens to the files',
  { timeout: 120_000 },
  async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 15, maxLength: 50 }), async (steps) => {
        hits += await play(steps);
      }),
      { numRuns: 150 },
    );
    expect(hits).toBeGreaterThan(150);
  },
);

/** What the cache must hold, in maps: blocks in the order of use, and pins by content in the order of use. */
class Model {
  readonly #most: number;
  readonly #mostPins: number;
  #plain = new Set<string>();
  readonly #pins = new Map<number, Set<string>>();

  constructor(most: number, mostPins: number) {
    this.#most = most;
    this.#mostPins = mostPins;
  }

  get all(): string[] {
    return [...this.#plain, ...[...this.#pins.values()].flatMap((names) => [...names])].sort();
  }

  use(content: number, index: number): void {
    const name = `${content}:${index}`;
    for (const names of [this.#plain, this.#pins.get(content)])
      if (names?.delete(name) === true) names.add(name);
    if (this.all.includes(name)) this.#usePins(content);
  }

  put(content: number, index: number): void {
    const name = `${content}:${index}`;
    if (this.all.includes(name)) return;
    if (this.all.length >= this.#most) {
      const [oldest] = this.#plain;
      if (oldest === undefined) return;
      this.#plain.delete(oldest);
    }
    this.#plain.add(name);
  }

  pin(content: number, index: number): void {
    const name = `${content}:${index}`;
    this.use(content, index);
    if (!this.#plain.has(name)) return;
    while ([...this.#pins.values()].reduce((sum, { size }) => sum + size, 0) >= this.#mostPins) {
      const [oldest] = this.#pins;
      if (oldest === undefined || oldest[0] === content) return;
      this.#pins.delete(oldest[0]);
      for (const dropped of oldest[1]) this.#plain.add(dropped);
    }
    this.#plain.delete(name);
    this.#pins.set(content, (this.#pins.get(content) ?? new Set()).add(name));
  }

  remove(content: number): void {
    this.#pins.delete(content);
    this.#plain = new Set([...this.#plain].filter((name) => !name.startsWith(`${content}:`)));
  }

  #usePins(content: number): void {
    const pins = this.#pins.get(content);
    if (pins === undefined) return;
    this.#pins.delete(content);
    this.#pins.set(content, pins);
  }
}

const calmStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: put },
  { weight: 3, arbitrary: read },
  { weight: 3, arbitrary: pin },
  { weight: 1, arbitrary: remove },
  { weight: 1, arbitrary: reopen },
);

it(
  'holds exactly the blocks used last and the pins that fit, over restarts',
  { timeout: 120_000 },
  async () => {
    const most = 5;
    const held = (cache: DiskCache): string[] =>
      contents.flatMap((one, which) => present(cache, one).map((at) => `${which}:${at}`)).sort();
    await fc.assert(
      fc.asyncProperty(fc.array(calmStep, { minLength: 15, maxLength: 50 }), async (steps) => {
        const dir = await temporaryFolder();
        const model = new Model(most, 2);
        let cache = await openCache(dir, { slots: most });
        for (const step of steps) {
          const one = 'of' in step ? contents[step.of] : undefined;
          if (step.kind === 'put' && one !== undefined) {
            putBytes(cache, one, rd, step.index, bytesOf(one, step.index));
            model.put(step.of, step.index);
            await written(cache);
          } else if (step.kind === 'read' && one !== undefined) {
            const block = await readBytes(cache, one, step.index);
            expect(block !== null).toBe(model.all.includes(`${step.of}:${step.index}`));
            model.use(step.of, step.index);
          } else if (step.kind === 'pin' && one !== undefined && cache.has(one, step.index)) {
            cache.pin(one, [step.index]);
            model.pin(step.of, step.index);
          } else if (step.kind === 'remove' && one !== undefined) {
            cache.remove(one);
            model.remove(step.of);
          } else if (step.kind === 'reopen') {
            await cache.close();
            cache = await openCache(dir, { slots: most });
          }
          expect(held(cache)).toEqual(model.all);
        }
        await cache.close();
      }),
      { numRuns: 100 },
    );
  },
);
