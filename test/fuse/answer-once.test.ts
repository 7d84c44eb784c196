import { constants } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import { answerOnce } from '../../src/fuse/answer-once.js';
import type { OperationContext } from '../../src/vfs/file-system.js';
import { FakeClock, settle } from '../support/fake-clock.js';

const EIO = -constants.errno.EIO;

/** Handles one request and keeps every answer to it. */
function handle(
  work: (context: OperationContext) => string | Promise<string>,
  encode = (value: string) => value,
) {
  const answers: (string | number)[] = [];
  const clock = new FakeClock();
  const encoded: string[] = [];
  answerOnce(
    {
      operation: 'read',
      pid: 42,
      subject: () => '/f',
      deadlineMs: 1000,
      work,
      encode: (value) => {
        encoded.push(value);
        return encode(value);
      },
      succeed: (reply) => answers.push(reply),
      fail: (errno) => answers.push(errno),
    },
    { clock, logger: silentLogger },
  );
  return { answers, clock, encoded };
}

test('what is known at once is answered at once, without a timer', () => {
  const { answers, clock } = handle(() => 'value');
  expect(answers).toEqual(['value']);
  expect(clock.sleeping).toBe(0);
});

test.each([
  [
    'thrown at once',
    (error: Error) => (): string => {
      throw error;
    },
  ],
  ['thrown later', (error: Error) => () => Promise.reject(error)],
] as const)('an error %s is answered with its errno, a defect with EIO', async (_, failing) => {
  for (const [error, errno] of [
    [new AppError('not-found', 'x'), -constants.errno.ENOENT],
    [new TypeError('a defect'), EIO],
  ] as const) {
    const { answers } = handle(failing(error));
    await settle();
    expect(answers).toEqual([errno]);
  }
});

test.each([
  ['at once', 'value'],
  ['later', Promise.resolve('value')],
])('a value that comes %s but cannot be told is EIO', async (_, value) => {
  const { answers } = handle(
    () => value,
    () => {
      throw new Error('too long for the buffer');
    },
  );
  await settle();
  expect(answers).toEqual([EIO]);
});

test('work that never ends is EIO at its deadline, and is told to stop', async () => {
  let given: AbortSignal | undefined;
  const { answers, clock } = handle(({ signal }) => {
    given = signal;
    return new Promise(() => undefined);
  });
  await clock.advance(999);
  expect(answers).toEqual([]);
  expect(given?.aborted).toBe(false);
  await clock.advance(1);
  expect(answers).toEqual([EIO]);
  expect(given?.aborted).toBe(true);
});

test('whenever the work ends and however, there is one answer, and none after the deadline is even encoded', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(2000), fc.boolean(), async (afterMs, fails) => {
      let end: () => void = () => undefined;
      const { answers, clock, encoded } = handle(
        () =>
          new Promise((resolve, reject) => {
            end = () => (fails ? reject(new AppError('network', 'x')) : resolve('value'));
          }),
      );
      await clock.advance(afterMs);
      end();
      await clock.advance(5000);
      const inTime = afterMs < 1000 && !fails;
      expect(answers).toEqual([inTime ? 'value' : EIO]);
      expect(encoded).toEqual(inTime ? ['value'] : []);
    }),
  );
});
