import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isDying, isGone, showsDeath } from '../../../src/fuse/kernel/dying-reader.js';

/** A thread's status with signals pending for it, for its process, and what it does about them. */
function status(
  masks: Partial<Record<'SigPnd' | 'ShdPnd' | 'SigBlk' | 'SigIgn' | 'SigCgt', number>>,
): string {
  const names = ['SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt'] as const;
  const lines = names.map((name) => `${name}:\t${(masks[name] ?? 0).toString(16).padStart(16, '0')}`);
  return `Name:\tmpv\nTgid:\t77\n${lines.join('\n')}\nCapInh:\t0\n`;
}

const usr2 = 1 << 11;
const quit = 1 << 2;
const kill = 1 << 8;

test.each([
  ['no signal', status({}), false],
  ['SIGKILL', status({ SigPnd: kill }), true],
  ['a signal that is handled', status({ ShdPnd: usr2, SigCgt: usr2 }), false],
  ['Ctrl-\\', status({ ShdPnd: quit }), true],
  ['Ctrl-\\, handled', status({ ShdPnd: quit, SigCgt: quit }), false],
  ['Ctrl-\\, ignored', status({ ShdPnd: quit, SigIgn: quit }), false],
  ['Ctrl-\\, blocked', status({ ShdPnd: quit, SigBlk: quit }), false],
  ['an abort of the thread itself', status({ SigPnd: 1 << 5 }), true],
  ['a status that tells nothing', 'Name:\tmpv\n', true],
])('a reader with %s', (_, text, dies) => {
  expect(showsDeath(text)).toBe(dies);
});

test('a process that runs is not dying, and one that is gone or elsewhere is', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect(await isDying(pid)).toBe(false);
  expect(await isGone(pid)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isDying(pid)).toBe(true);
  expect(await isDying(0)).toBe(true);
  expect(await isGone(pid)).toBe(true);
  // Of what cannot be looked at nothing is known.
  expect(await isGone(0)).toBe(false);
});
