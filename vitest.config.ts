import { defineConfig } from 'vitest/config';

/** `fast` needs nothing but Node; `mount` needs a build in `dist/` and a kernel that mounts FUSE. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/mount/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'mount',
          include: ['test/mount/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
