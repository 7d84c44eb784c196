import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests on a real mount: what they share. One file at a time, because timing is what they are about. */
const onMount = { testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false };

/** What every binding must do, whatever else it can. */
const ofEveryBinding = ['test/mount/semantics.test.ts', 'test/mount/changes.test.ts'];

/**
 * `fast` needs nothing but Node. The others need a build in `dist/` and a kernel that mounts FUSE: `mount` has all tests,
 * through the kernel's own protocol; `thread` and `fuse-native` have those that hold for every way to the kernel.
 */
export default defineConfig({
  test: {
    // A machine with other work to do takes its time; what comes is seen at once all the same.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/mount/**'],
          // Only what hangs takes so long, also where other programs keep the processors busy.
          testTimeout: 60_000,
          expect: { poll: { timeout: 15_000 } },
          // Vitest leaves one processor to itself, though it has nothing to do while tests run.
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      {
        test: {
          ...onMount,
          name: 'mount',
          include: ['test/mount/**/*.test.ts'],
          env: { TEST_BINDING: 'kernel', TEST_TRANSPORT: 'poll' },
        },
      },
      {
        test: {
          ...onMount,
          name: 'thread',
          include: ofEveryBinding,
          env: { TEST_BINDING: 'kernel', TEST_TRANSPORT: 'thread' },
        },
      },
      {
        test: {
          ...onMount,
          name: 'fuse-native',
          include: ofEveryBinding,
          env: { TEST_BINDING: 'fuse-native', TEST_TRANSPORT: 'poll' },
        },
      },
    ],
  },
});
