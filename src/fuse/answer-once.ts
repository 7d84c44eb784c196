import { atMost } from '../core/abortable.js';
import type { Clock } from '../core/clock.js';
import { AppError, toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Meter } from '../core/meter.js';
import type { OperationContext } from '../vfs/file-system.js';
import { EINTR, errnoOf } from './errno.js';

/** One request of the kernel, from what it asks to how it is answered. */
export interface Answerable<Value, Reply> {
  /** For the log. */
  readonly operation: string;
  /** The asking thread; 0 where unknown. */
  readonly pid: number;
  /** After this time it is answered with EIO, in milliseconds. */
  readonly deadlineMs: number;
  /** Which file, for the log; asked only when something is logged. */
  subject(): string;
  /** Does the work. The context's signal fires when the deadline has passed or the reader is gone. */
  work(context: OperationContext): Value | Promise<Value>;
  /** Makes the answer of the value; not called once the request is answered, so it may fill the kernel's buffer. */
  encode(value: Value): Reply;
  succeed(reply: Reply): void;
  /** @param errno negative. */
  fail(errno: number): void;
}

export interface AnswerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of every answer. */
  readonly meter?: Meter | undefined;
}

/** A request that is being worked on. */
export interface Unanswered {
  /** Answers it with EINTR, if it still has no answer, and lets the work stop: its reader is gone. */
  interrupt(): void;
}

/**
 * Works on a request and answers it exactly once: with its value, with an errno when `work` or `encode` throws, or with
 * EIO at its deadline. What comes after that is dropped. Work that is done at once costs no timer.
 *
 * A request without an answer leaves a reader in a wait that not even SIGKILL ends; one with two answers, in a binding
 * without its own guard, answers somebody else's request.
 * @returns what is under way, or null once it is answered.
 */
export function answerOnce<Value, Reply>(
  request: Answerable<Value, Reply>,
  parts: AnswerParts,
): Unanswered | null {
  const context = new RequestContext(request.pid);
  const told: Told = { parts, startMs: parts.meter === undefined ? 0 : parts.clock.monotonic() };
  let value;
  try {
    value = request.work(context);
  } catch (thrown) {
    refuse(request, thrown, told);
    return null;
  }
  if (!(value instanceof Promise)) {
    answer(request, value, told);
    return null;
  }
  // INVARIANT: false until the request is answered, whoever answers it.
  let isAnswered = false as boolean;
  const claim = (): boolean => {
    const isMine = !isAnswered;
    isAnswered = true;
    return isMine;
  };
  void answerInTime(request, value, context, claim, told);
  return {
    interrupt() {
      if (!claim()) return;
      request.fail(EINTR);
      count(request, EINTR, told);
      context.abort(new AppError('aborted', 'The reader was killed.'));
    },
  };
}

async function answerInTime<Value, Reply>(
  request: Answerable<Value, Reply>,
  work: Promise<Value>,
  context: RequestContext,
  claim: () => boolean,
  told: Told,
): Promise<void> {
  const late = (): AppError =>
    new AppError('timeout', 'The operation was not done within its deadline.', {
      context: { deadlineMs: request.deadlineMs },
    });
  let value;
  try {
    value = await atMost(told.parts.clock, request.deadlineMs, work, late);
  } catch (thrown) {
    if (!claim()) return;
    refuse(request, thrown, told);
    context.abort(thrown);
    return;
  }
  if (claim()) answer(request, value, told);
}

/** Where an answer is told, and since when it is worked on: monotonic milliseconds. */
interface Told {
  readonly parts: AnswerParts;
  readonly startMs: number;
}

function count(
  request: Pick<Answerable<unknown, unknown>, 'operation'>,
  errno: number,
  { parts, startMs }: Told,
): void {
  parts.meter?.answered(request.operation, errno, (parts.clock.monotonic() - startMs) / 1000);
}

function answer<Value, Reply>(request: Answerable<Value, Reply>, value: Value, told: Told): void {
  let reply;
  try {
    reply = request.encode(value);
  } catch (thrown) {
    refuse(request, thrown, told);
    return;
  }
  request.succeed(reply);
  count(request, 0, told);
}

function refuse(
  request: Pick<Answerable<unknown, unknown>, 'operation' | 'subject' | 'fail'>,
  thrown: unknown,
  told: Told,
): void {
  const { logger } = told.parts;
  const errno = errnoOf(thrown);
  request.fail(errno);
  count(request, errno, told);
  const error = toAppError(thrown);
  // Looking for what is not there is what programs do all day.
  if (error.code === 'not-found') return;
  const facts = { operation: request.operation, file: request.subject(), code: error.code, ...error.context };
  if (error.code === 'internal') logger.error({ ...facts, err: error }, 'A defect ended a file operation.');
  else if (error.code === 'timeout') logger.warn(facts, 'A file operation took too long.');
  else logger.debug(facts, error.message);
}

/** Who asks; its signal is made when somebody wants it, because most requests are answered before. */
class RequestContext implements OperationContext {
  readonly pid: number;
  #controller: AbortController | null = null;

  constructor(pid: number) {
    this.pid = pid;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}
