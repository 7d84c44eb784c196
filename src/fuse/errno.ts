import { toAppError, type ErrorCode } from '../core/errors.js';

// Linux's numbers (include/uapi/asm-generic/errno-base.h), negative as FUSE wants them.
const ENOENT = -2;
/** A read whose reader is being killed: nobody sees it. */
export const EINTR = -4;
export const EIO = -5;
const EBADF = -9;
const EACCES = -13;
const ENOTDIR = -20;
const EISDIR = -21;
const EINVAL = -22;
const EROFS = -30;
/** The kernel does not ask again for what is answered with this, and does without (documented, libfuse). */
export const ENOSYS = -38;
/** The protocol's version is not one that is spoken here. */
export const EPROTO = -71;

/**
 * What the kernel hears for each error. ENOENT stays with names that are not there: media servers take it for deletion.
 * EAGAIN and ESTALE do not occur: no reader waits and tries again because of them, so whatever may pass is waited out
 * where it is understood, and what is left is EIO.
 */
const errnoByCode = {
  'not-found': ENOENT,
  'not-a-directory': ENOTDIR,
  'is-a-directory': EISDIR,
  'read-only': EROFS,
  'bad-handle': EBADF,
  invalid: EINVAL,
  'token-rejected': EIO,
  'account-blocked': EIO,
  'not-premium': EIO,
  'quota-used-up': EIO,
  'rate-limited': EIO,
  'host-limited': EIO,
  'address-refused': EIO,
  'service-down': EIO,
  'bad-answer': EIO,
  network: EIO,
  timeout: EIO,
  'link-dead': EIO,
  'link-aged': EIO,
  'content-gone': EIO,
  'item-gone': EIO,
  'not-ready': EIO,
  'not-bought': EACCES,
  'wrong-bytes': EIO,
  'no-source': EIO,
  aborted: EIO,
  config: EIO,
  storage: EIO,
  'not-yet': EIO,
  internal: EIO,
} satisfies Record<ErrorCode, number>;

/** The negative errno for anything thrown. */
export function errnoOf(thrown: unknown): number {
  return errnoByCode[toAppError(thrown).code];
}
