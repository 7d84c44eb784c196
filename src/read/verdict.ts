import { AppError, type ErrorCode } from '../core/errors.js';
import { backoffMs } from '../core/retry.js';
import type { Observation } from './observation.js';

/**
 * What to do about a failure: `again`: the same link; `relink`: a new link for the same source; `leave`: another source,
 * and this one not before the pause is over.
 */
export interface Verdict {
  readonly action: 'again' | 'relink' | 'leave';
  /** Before the same source is asked again, in milliseconds. */
  readonly pauseMs: number;
  /** What a reader hears if nothing else helps. */
  readonly error: AppError;
}

export interface Circumstances {
  /** Failures of this source in a row, this one not counted, without a byte in between. */
  readonly failures: number;
  /** Whether the link was renewed since the last byte. */
  readonly relinked: boolean;
  readonly linkAgeMs: number;
  /** A link younger than this may be refused although it is good. */
  readonly settleMs: number;
}

/** A link that is refused while it settles is tried again this often, for a few seconds. Observed: TorBox needs about one. */
const settleRetryMs = 150;
const settleSlackMs = 4_000;
/** Answers that a host gives to too many requests. */
const tooManyWords = /too many chunks|rate limit/i;
/** How a protection page in front of a host words its refusal. */
const barredWords = /attention required|cloudflare/i;

/** Decides what a failure of a file host means. Pure; the one place for it. */
export function judge(seen: Observation, around: Circumstances): Verdict {
  const { failures, relinked } = around;
  const soon = backoffMs(failures, 200, 4_000);
  const renewed = (code: ErrorCode, message: string): Verdict =>
    relinked
      ? {
          action: 'leave',
          pauseMs: backoffMs(failures, 5_000, 300_000),
          error: new AppError(code, message, { retry: 'other-source' }),
        }
      : { action: 'relink', pauseMs: 0, error: new AppError(code, message, { retry: 'relink' }) };
  const patient = (tries: number, code: ErrorCode, message: string): Verdict => {
    if (failures >= tries) return renewed(code, message);
    return { action: 'again', pauseMs: soon, error: new AppError(code, message, { retry: 'wait' }) };
  };
  switch (seen.kind) {
    case 'broken':
      return patient(2, 'network', `The connection to the file host broke (${seen.code}).`);
    case 'stalled':
      return patient(1, 'timeout', 'The file host stopped sending.');
    case 'wrong-answer':
      return renewed(
        'wrong-bytes',
        `The file host answered with other bytes than those asked for (${seen.what}).`,
      );
    case 'other-bytes':
      return {
        action: 'leave',
        pauseMs: Number.POSITIVE_INFINITY,
        error: new AppError('wrong-bytes', 'This account holds other bytes under the same name.', {
          retry: 'other-source',
        }),
      };
    case 'refused':
      return judgeRefusal(seen, around, { renewed, patient });
  }
}

interface Ways {
  readonly renewed: (code: ErrorCode, message: string) => Verdict;
  readonly patient: (tries: number, code: ErrorCode, message: string) => Verdict;
}

function judgeRefusal(
  { status, xError, isPage, words, retryAfterMs }: Extract<Observation, { kind: 'refused' }>,
  { failures, linkAgeMs, settleMs }: Circumstances,
  { renewed, patient }: Ways,
): Verdict {
  const leave = (code: ErrorCode, message: string, pauseMs: number): Verdict => ({
    action: 'leave',
    pauseMs,
    error: new AppError(code, message, { retry: 'other-source', retryAfterMs: pauseMs, context: { status } }),
  });
  if (xError === 'bytes_limit_reached') {
    return leave('quota-used-up', 'The account has used up its traffic for today.', 600_000);
  }
  if (
    status === 429 ||
    (status === 416 && tooManyWords.test(words)) ||
    (status === 503 && tooManyWords.test(words))
  ) {
    const pauseMs = retryAfterMs ?? backoffMs(failures, 2_000, 60_000);
    return leave('rate-limited', 'The file host asks for fewer requests.', pauseMs);
  }
  if (status === 400 && linkAgeMs < settleMs + settleSlackMs && settleMs > 0) {
    const error = new AppError('link-dead', 'The link is not served yet.', { retry: 'wait' });
    return { action: 'again', pauseMs: settleRetryMs, error };
  }
  if (status === 403 && isPage && barredWords.test(words)) {
    return leave('address-refused', 'The file host refuses this machine’s address.', 60_000);
  }
  if (status === 404 || status === 410)
    return renewed('content-gone', 'The file host no longer has the file.');
  if (status >= 500) return patient(3, 'service-down', `The file host has trouble (${status}).`);
  return renewed('link-dead', `The file host refused the link (${status}).`);
}
