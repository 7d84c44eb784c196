/** How an error says that a failed addition could not remove again what it had put into an account. */
import { AppError, type ErrorContext } from './errors.js';

/** For the context of such an error. */
export const leftBehind: ErrorContext = { leftBehind: true };

/** Whether something is still in an account that should not be. */
export function leavesSomething({ context }: AppError): boolean {
  return context['leftBehind'] === true;
}

/**
 * An error that also tells what was left behind before it.
 * @param left sentences of other errors.
 */
export function alsoLeaving(error: AppError, left: readonly string[]): AppError {
  if (left.length === 0) return error;
  const { code, message, retry } = error;
  const context = { ...error.context, ...leftBehind };
  return new AppError(code, [message, ...left].join(' '), { retry, context, cause: error });
}
