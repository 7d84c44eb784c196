import { AppError } from './errors.js';

/**
 * Puts somebody into a queue until granted, by whoever takes it out.
 * @param make the entry, which is to call `grant` once it has been taken out of the queue.
 * @throws {AppError} `aborted` when the signal fires first; then it is out of the queue.
 */
export function waitInQueue<Waiter>(
  queue: Waiter[],
  make: (grant: () => void) => Waiter,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const index = queue.indexOf(waiter);
      if (index >= 0) queue.splice(index, 1);
      reject(new AppError('aborted', 'The wait was given up by its caller.'));
    };
    const waiter = make(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
    if (signal.aborted) {
      leave();
      return;
    }
    signal.addEventListener('abort', leave, { once: true });
    queue.push(waiter);
  });
}
