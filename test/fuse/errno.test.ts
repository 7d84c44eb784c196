import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import { errnoOf } from '../../src/fuse/errno.js';

const { ENOENT, ENOTDIR, EISDIR, EROFS, EBADF, EINVAL, EIO, EACCES } = constants.errno;

test.each([
  ['not-found', ENOENT],
  ['not-a-directory', ENOTDIR],
  ['is-a-directory', EISDIR],
  ['read-only', EROFS],
  ['bad-handle', EBADF],
  ['invalid', EINVAL],
  ['content-gone', EIO],
  ['link-aged', EIO],
  ['host-limited', EIO],
  ['not-bought', EACCES],
  ['item-gone', EIO],
  ['rate-limited', EIO],
  ['service-down', EIO],
  ['aborted', EIO],
] as const)('%s is heard as errno %d', (code, errno) => {
  expect(errnoOf(new AppError(code, 'x'))).toBe(-errno);
});

test.each([new Error('x'), new DOMException('x', 'AbortError'), undefined, 'text', { code: 'ENOENT' }])(
  'whatever else is thrown (%s) is EIO',
  (thrown) => {
    expect(errnoOf(thrown)).toBe(-EIO);
  },
);
