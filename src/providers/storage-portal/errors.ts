/** The storage portal's refusals: every status of its API documentation (read 2026-11) and what it means here. */
import { AppError } from '../../core/errors.js';
import type { Dialect, Refusal } from '../account-api.js';
import { asFlag, asNumber, asObject, asText } from '../decode.js';
import { failure, tokenRejected, type Failure, type FailureTable } from '../failure.js';
import type { HttpAnswer } from '../json-client.js';
import { boundedPauseMs } from '../retry-after.js';

const service = 'Storage Portal';

const ownTrouble = (what: string): Failure =>
  failure('service-down', 'wait', `Storage Portal has trouble of its own: ${what}.`);
const denied = (what: string): Failure => failure('link-dead', 'other-source', what);

/**
 * By status. What is a limit of one host or of the moment says nothing of the account as a whole, whose other files can be
 * read: so `not-ready`, and not `quota-used-up` or `rate-limited`.
 */
export const storagePortalFailures: FailureTable = {
  1: tokenRejected(service),
  2: failure('account-blocked', 'other-source', 'Account "{account}" cannot be used at Storage Portal.'),
  52: failure(
    'quota-used-up',
    'other-source',
    'Account "{account}" has not enough traffic left at Storage Portal for this file.',
  ),
  54: failure(
    'not-ready',
    'other-source',
    'Account "{account}" has had all that Storage Portal gives it from this host within 24 hours.',
  ),
  55: failure(
    'not-ready',
    'wait',
    'Account "{account}" has too many files from this host under way at Storage Portal.',
  ),
  56: failure(
    'not-ready',
    'wait',
    'Account "{account}" has too many slow files from this host under way at Storage Portal.',
  ),
  101: denied('Storage Portal does not support the host of this link.'),
  102: failure('content-gone', 'other-source', 'Storage Portal has banned this file.'),
  103: denied('This file is private, or its uploader wants to be paid for it.'),
  104: failure('content-gone', 'other-source', 'This link leads to no file any more.'),
  105: ownTrouble('it is in maintenance, or the host of this link is not available'),
  106: ownTrouble('the host of this link failed it'),
  107: ownTrouble('its own traffic at the host of this link is used up for the moment'),
  900: failure('internal', 'never', 'Storage Portal could not make sense of a request of debridfs.'),
  999: ownTrouble('it does not say which'),
  // Not in the documentation, but observed (JDownloader, 2026-04).
  109: denied('This link needs a password: write `password=…` behind it in its links file.'),
  110: denied('The password of this link is wrong: correct `password=…` behind it in its links file.'),
};

export const storagePortalDialect: Dialect = {
  service,
  refusal: readRefusal,
  failureOf: (code) => (Object.hasOwn(storagePortalFailures, code) ? storagePortalFailures[code] : undefined),
  statusFailure: () => undefined,
};

/** Statuses that concern one host, for a while. */
const ofOneHost: ReadonlySet<unknown> = new Set(['54', '55', '56', '107']);

/** Whether a failure is over after a while, and is of the host of a link alone. */
export function isHostBusy(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && ofOneHost.has(thrown.context['serviceCode']);
}

function readRefusal(answer: HttpAnswer): Refusal | null {
  const body = asObject(answer.json);
  if (body === null || asFlag(body['success']) === true) return null;
  const status = asNumber(body['status']);
  const seconds = asNumber(body['retry_in_seconds']);
  return {
    code: status === null ? null : String(status),
    message: asText(body['msg']),
    ...(seconds === null ? {} : { retryAfterMs: boundedPauseMs(seconds * 1000) }),
  };
}
