import { Worker } from 'node:worker_threads';
import { givingUp } from '../core/abortable.js';
import { AppError, type ErrorCode, type ErrorContext, type Retry } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { libraryWriter, type LibrarianMethod, type LibraryWriter } from './library-writer.js';
import type { PublishOptions } from './publisher.js';

export interface ThreadSettings extends PublishOptions {
  readonly stateDir: string;
}

/** One call of a librarian's method. */
export interface ToThread {
  readonly id: number;
  readonly method: LibrarianMethod;
  readonly args: readonly unknown[];
}

/** An error without its class, which does not cross the border. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly retry: Retry;
  readonly context: ErrorContext;
}

/** The first message: the store may be opened. */
const openMessage = 'open';

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | {
      readonly kind: 'failed';
      /** Null: the store cannot be used, or not any more. */
      readonly id: number | null;
      readonly error: PlainError;
    }
  | { readonly kind: 'log'; readonly level: keyof Logger; readonly facts: object; readonly message: string };

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: AppError) => void;
}

/** The librarian's thread, as its owner sees it. */
export interface LibrarianThread extends LibraryWriter {
  /** Resolves when the thread ended by itself, so that nothing can be written any more; never after `close`. */
  readonly died: Promise<AppError>;
  /**
   * Closes it without an end of what it is at: that is undone, as after a crash. Calls that have no answer are rejected with `aborted`,
   * and so are later ones.
   */
  giveUp(): Promise<void>;
}

export interface StartOptions {
  readonly startThread?: (settings: ThreadSettings) => Worker;
  /** Until it resolves the thread is only loaded; where it rejects, the store is left alone. */
  readonly mayOpen?: Promise<unknown>;
  /** Gives up the start: what the thread was at is undone, as after a crash. */
  readonly signal?: AbortSignal;
}

function startOwnThread(settings: ThreadSettings): Worker {
  return new Worker(new URL('./librarian-thread.js', import.meta.url), { workerData: settings });
}

/**
 * Starts a librarian in a thread of its own, so that a large listing does not delay a read. Calls are done in the order
 * they are made.
 * @returns once the store is open and up to date. The caller closes it.
 * @throws {AppError} `storage` when the store cannot be opened, `internal` when the thread ends before it is, `aborted` when
 * it was given up, what `mayOpen` rejects with.
 */
export async function startLibrarian(
  settings: ThreadSettings,
  logger: Logger,
  {
    startThread = startOwnThread,
    mayOpen = Promise.resolve(),
    signal = new AbortController().signal,
  }: StartOptions = {},
): Promise<LibrarianThread> {
  const worker = startThread(settings);
  // INVARIANT: holds exactly the calls that have no answer yet.
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: AppError | null = null;

  let closing = false;
  let tellDeath: (error: AppError) => void = () => undefined;
  const died = new Promise<AppError>((resolve) => (tellDeath = resolve));

  const end = (error: AppError): void => {
    ended ??= error;
    if (!closing) tellDeath(ended);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  const opened = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      switch (message.kind) {
        case 'ready':
          resolve();
          return;
        case 'log':
          logger[message.level](message.facts, message.message);
          return;
        case 'done':
          waiting.get(message.id)?.resolve(message.result);
          waiting.delete(message.id);
          return;
        case 'failed': {
          // The codes come from the same closed set on the other side of the thread's border.
          const { code, message: text, retry, context } = message.error;
          const error = new AppError(code as ErrorCode, text, { retry, context });
          if (message.id === null) {
            end(error);
            reject(error);
            return;
          }
          waiting.get(message.id)?.reject(error);
          waiting.delete(message.id);
          return;
        }
      }
    });
    worker.on('error', (cause) => {
      const error = new AppError('internal', `The library thread failed: ${cause.message}`, { cause });
      end(error);
      reject(error);
    });
    worker.on('exit', (code) => {
      const error = closing
        ? new AppError('storage', 'The library is closed.')
        : new AppError('internal', `The library thread ended by itself (exit code ${code}).`);
      end(error);
      reject(error);
    });
  });

  const call = (method: LibrarianMethod, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended !== null) {
        reject(ended);
        return;
      }
      lastId += 1;
      const message: ToThread = { id: lastId, method, args };
      waiting.set(message.id, { resolve, reject });
      worker.postMessage(message);
    });

  opened.catch(() => undefined);
  const { givenUp, stop } = givingUp(signal);
  try {
    await Promise.race([mayOpen, givenUp]);
    worker.postMessage(openMessage);
    await Promise.race([opened, givenUp]);
  } catch (error) {
    closing = true;
    await worker.terminate();
    throw error;
  } finally {
    stop();
  }
  return {
    ...libraryWriter(call),
    died,
    close: async () => {
      closing = true;
      const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      if (ended !== null) return;
      await call('close', []);
      await exited;
    },
    giveUp: async () => {
      closing = true;
      end(new AppError('aborted', 'The library is closed, and what it was at is undone.'));
      await worker.terminate();
    },
  };
}
