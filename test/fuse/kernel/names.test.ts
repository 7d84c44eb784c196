import { expect, test } from 'vitest';
import { rootInode } from '../../../src/core/tree.js';
import { opcode } from '../../../src/fuse/protocol/numbers.js';
import { entryOut } from '../../../src/fuse/protocol/structures.js';
import { unpack } from '../../support/kernel-messages.js';
import { kernelWorld } from '../../support/kernel-world.js';

/** The number of what stands under a name, by its bytes; 0n: nothing. */
function lookUp(names: readonly string[], bytes: readonly number[]): bigint {
  const { tree, ask } = kernelWorld();
  for (const name of names) tree.addFile(name, { content: 1, size: 1 });
  const body = Buffer.from([...bytes, 0]);
  return unpack(entryOut, ask({ opcode: opcode.lookup, node: rootInode, body })).nodeid;
}

test('Bytes that are no UTF-8 never find the file whose name has a replacement character there', () => {
  const name = 'film \uFFFD';
  expect(lookUp([name], [...Buffer.from(name)])).not.toBe(0n);
  // One byte, and the first three of a character of four, which are as long as what stands for them.
  for (const broken of [[0xff], [0xf0, 0x9f, 0x98]])
    expect(lookUp([name], [...Buffer.from('film '), ...broken])).toBe(0n);
});
