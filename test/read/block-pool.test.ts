import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BlockCache } from '../../src/read/block-cache.js';
import { BlockPool, type Block } from '../../src/read/block-pool.js';
import { blockBytes } from '../../src/read/blocks.js';

it('a block keeps its bytes while somebody holds it, and in the turn in which it is released', async () => {
  const pool = new BlockPool({ count: 1, scribbles: true });
  const block = pool.take(blockBytes);
  block.bytes.fill(7);
  block.hold().release();
  await nextTurn();
  expect(block.bytes[0]).toBe(7);
  block.release();
  await Promise.resolve();
  expect(block.bytes[0]).toBe(7);
  await nextTurn();
  expect(block.bytes[0]).not.toBe(7);
  expect(pool.take(10).bytes).toHaveLength(10);
});

it('a block that is wanted again in the turn in which it was released is not given to another', async () => {
  const pool = new BlockPool({ count: 1, scribbles: true });
  const block = pool.take(blockBytes);
  block.bytes.fill(7);
  block.release();
  block.hold();
  await nextTurn();
  const other = pool.take(blockBytes);
  other.bytes.fill(8);
  expect(block.bytes[0]).toBe(7);
  expect(pool.held).toBe(2);
  block.release();
  other.release();
  expect(pool.held).toBe(0);
  expect(() => other.release()).toThrow('more than held it');
});

it('whoever takes, holds and releases, no two have the same memory', async () => {
  const step = fc.record({
    kind: fc.constantFrom('take', 'hold', 'release', 'keep', 'turn'),
    which: fc.nat({ max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const cache = new BlockCache(4 * blockBytes, { scribbles: true });
      const held: { readonly block: Block; readonly mark: number }[] = [];
      for (const [mark, { kind, which }] of steps.entries()) {
        const one = held[which % Math.max(1, held.length)];
        if (kind === 'take') {
          const block = cache.take(64);
          block.bytes.fill(mark);
          held.push({ block, mark });
        } else if (kind === 'turn') {
          await nextTurn();
        } else if (one !== undefined) {
          if (kind === 'hold') held.push({ block: one.block.hold(), mark: one.mark });
          if (kind === 'keep') cache.put(1, one.mark, one.block);
          if (kind === 'release') held.splice(held.indexOf(one), 1)[0]?.block.release();
        }
        for (const { block, mark: own } of held) expect(block.bytes.every((byte) => byte === own)).toBe(true);
        for (let index = 0; index <= mark; index += 1) {
          const kept = cache.get(1, index);
          if (kept !== undefined) expect(kept.bytes.every((byte) => byte === index)).toBe(true);
        }
      }
      for (const { block } of held) block.release();
      expect(cache.lentBytes).toBe(0);
    }),
  );
});
