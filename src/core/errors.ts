/**
 * What went wrong, as a closed set. A code says what the caller can know; what the kernel hears is decided by one
 * table in `fuse/errno.ts`, and whether to try again by `retry`, where the failure is understood.
 */
export type ErrorCode =
  // the file system itself
  | 'not-found'
  | 'not-a-directory'
  | 'is-a-directory'
  | 'read-only'
  | 'bad-handle'
  | 'invalid'
  // accounts
  | 'token-rejected'
  | 'account-blocked'
  | 'not-premium'
  | 'quota-used-up'
  | 'rate-limited'
  /** What one file hoster lets an account download; all its other files are untouched. */
  | 'host-limited'
  | 'address-refused'
  // services and their file hosts
  | 'service-down'
  | 'bad-answer'
  | 'network'
  | 'timeout'
  | 'link-dead'
  /** It was good for months; adding its torrent again makes a new one. */
  | 'link-aged'
  | 'content-gone'
  | 'item-gone'
  | 'not-ready'
  | 'not-bought'
  | 'wrong-bytes'
  | 'no-source'
  // this process
  | 'aborted'
  | 'config'
  | 'storage'
  | 'not-yet'
  | 'internal';

/**
 * What helps, in the eyes of whoever understood the failure:
 * `never`: nothing; `wait`: the same call again, later; `relink`: a new link for the same source;
 * `other-source`: another account that holds the content.
 */
export type Retry = 'never' | 'wait' | 'relink' | 'other-source';

/** Facts about one failure, for logs and `explain`. Never a token, never a URL with one. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | null>>;

export interface AppErrorOptions {
  readonly retry?: Retry;
  /** How long to wait before the next try, in milliseconds, where the other side said so. */
  readonly retryAfterMs?: number;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** The one error class. `message` is one sentence that may be shown to the user as it is. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retry = options.retry ?? 'never';
    this.retryAfterMs = options.retryAfterMs;
    this.context = options.context ?? {};
  }
}

/** What `--permission` refuses, by the names that errors have for it, and the flag that allows it (Node documentation). */
const permissionFlags: Readonly<Record<string, string>> = {
  ChildProcess: '--allow-child-process',
  FileSystemRead: '--allow-fs-read',
  FileSystemWrite: '--allow-fs-write',
  WorkerThreads: '--allow-worker',
};

/** `config`, with the flag to give, where Node's `--permission` refused something; null where it did not. */
export function permissionError(thrown: unknown): AppError | null {
  if (!(thrown instanceof Error)) return null;
  const { code, permission = '' } = thrown as Error & {
    readonly code?: string;
    readonly permission?: string;
  };
  if (code !== 'ERR_ACCESS_DENIED' && code !== 'ERR_DLOPEN_DISABLED') return null;
  const flag = code === 'ERR_DLOPEN_DISABLED' ? '--allow-addons' : permissionFlags[permission];
  const remedy = flag === undefined ? `leave that out (${thrown.message})` : `leave that out, or add ${flag}`;
  return new AppError(
    'config',
    `Node runs with --permission, which refuses what debridfs needs: ${remedy}.`,
    {
      cause: thrown,
    },
  );
}

/**
 * Any thrown value as an `AppError`: itself where it is one, `aborted` for an abort, `config` for what Node itself does not
 * allow, else `internal`.
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const refused = permissionError(thrown);
  if (refused !== null) return refused;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AppError('aborted', 'The operation was given up by its caller.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', `Unexpected: ${message}`, { cause: thrown });
}

/** The code of an error of the system or of Node, such as `ENOENT`; null where it has none. */
export function codeOf(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}
