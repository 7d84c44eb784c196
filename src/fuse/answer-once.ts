import { atMost } from '../core/abortable.js';
import type { Clock } from '../core/clock.js';
import { AppError, toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { errnoOf } from './errno.js';

/** One request of the kernel, from what it asks to how it is answered. */
export interface KernelRequest<Value, Reply> {
  /** For the log. */
  readonly operation: string;
  readonly path: string;
  /** After this time it is answered with EIO, in milliseconds. */
  readonly deadlineMs: number;
  /** Does the work. The signal fires when the deadline has passed. */
  work(signal: AbortSignal): Value | Promise<Value>;
  /** Makes the answer of the value; not called once the request is answered, so it may fill the kernel's buffer. */
  encode(value: Value): Reply;
  succeed(reply: Reply): void;
  /** @param errno negative. */
  fail(errno: number): void;
}

export interface AnswerParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Works on a request and answers it exactly once: with its value, with an errno when `work` or `encode` throws, or with
 * EIO at its deadline. What comes after the deadline is dropped. Work that is done at once costs no timer.
 *
 * A request without an answer leaves a reader in a wait that not even SIGKILL ends; one with two answers, in a binding
 * without its own guard, answers somebody else's request.
 */
export function answerOnce<Value, Reply>(request: KernelRequest<Value, Reply>, parts: AnswerParts): void {
  const controller = new AbortController();
  let value;
  try {
    value = request.work(controller.signal);
  } catch (thrown) {
    refuse(request, thrown, parts.logger);
    return;
  }
  if (value instanceof Promise) void answerInTime(request, value, controller, parts);
  else answer(request, value, parts.logger);
}

async function answerInTime<Value, Reply>(
  request: KernelRequest<Value, Reply>,
  work: Promise<Value>,
  controller: AbortController,
  { clock, logger }: AnswerParts,
): Promise<void> {
  const late = (): AppError =>
    new AppError('timeout', 'The operation was not done within its deadline.', {
      context: { deadlineMs: request.deadlineMs },
    });
  let value;
  try {
    value = await atMost(clock, request.deadlineMs, work, late);
  } catch (thrown) {
    refuse(request, thrown, logger);
    controller.abort(thrown);
    return;
  }
  answer(request, value, logger);
}

function answer<Value, Reply>(request: KernelRequest<Value, Reply>, value: Value, logger: Logger): void {
  let reply;
  try {
    reply = request.encode(value);
  } catch (thrown) {
    refuse(request, thrown, logger);
    return;
  }
  request.succeed(reply);
}

function refuse(
  request: Pick<KernelRequest<unknown, unknown>, 'operation' | 'path' | 'fail'>,
  thrown: unknown,
  logger: Logger,
): void {
  request.fail(errnoOf(thrown));
  const error = toAppError(thrown);
  const facts = { operation: request.operation, path: request.path, code: error.code, ...error.context };
  if (error.code === 'internal') logger.error({ ...facts, err: error }, 'A defect ended a file operation.');
  else if (error.code === 'timeout') logger.warn(facts, 'A file operation took too long.');
  else logger.debug(facts, error.message);
}
