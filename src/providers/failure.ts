/** What a service's refusals mean: the rows of its table, and what HTTP itself says where there is no row. */
import { AppError, type ErrorCode, type ErrorContext, type Retry } from '../core/errors.js';

/** One row: what a code means here, what helps, and the sentence for the user; `{account}` stands for its name. */
export interface Failure {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly sentence: string;
}

/** A service's failures by its own codes. */
export type FailureTable = Readonly<Record<string, Failure>>;

/** A row. */
export function failure(code: ErrorCode, retry: Retry, sentence: string): Failure {
  return { code, retry, sentence };
}

/**
 * What a status means when the answer holds no code that the service's table knows. `service` is its display name;
 * `isPage`: the answer is a web page, so it came from the edge in front of the service.
 */
export function httpFailure(service: string, status: number, isPage: boolean): Failure {
  switch (status) {
    case 401:
      return tokenRejected(service);
    case 402:
      return failure(
        'not-premium',
        'other-source',
        `${service} says that account "{account}" is not paid for. Renew it there.`,
      );
    case 403:
      return isPage
        ? failure(
            'address-refused',
            'other-source',
            `${service} refuses this machine's address. Wait, or set \`proxy\` of account "{account}".`,
          )
        : failure(
            'account-blocked',
            'other-source',
            `${service} denies this to account "{account}". Look at the account on its web site.`,
          );
    case 404:
    case 405:
    case 410:
      return failure(
        'bad-answer',
        'other-source',
        `${service} knows nothing under the address asked. Is \`apiUrl\` of account "{account}" right?`,
      );
    case 429:
      return failure('rate-limited', 'wait', `${service} received too many requests of account "{account}".`);
    case 451:
      return failure(
        'content-gone',
        'other-source',
        `${service} withholds this file for legal reasons. Add another release.`,
      );
    case 509:
      return failure(
        'quota-used-up',
        'other-source',
        `Account "{account}" has reached a limit of ${service}. Wait until it is counted anew.`,
      );
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return failure(
        'bad-answer',
        'never',
        `${service} redirects account "{account}" to another address, which is not followed because its token would go there too. Is \`apiUrl\` of account "{account}" right?`,
      );
    default:
      return status >= 500
        ? failure('service-down', 'wait', `${service} has trouble of its own (HTTP ${status}).`)
        : failure('bad-answer', 'never', `${service} answered account "{account}" with HTTP ${status}.`);
  }
}

/** The row that every service needs: names the account and the remedy. */
export function tokenRejected(service: string): Failure {
  return failure(
    'token-rejected',
    'other-source',
    `${service} does not accept the token of account "{account}". Run \`debridfs login {account}\`, or put a current one into its \`token\`.`,
  );
}

/** An answer that breaks its service's own rules. */
export function badAnswer(service: string, what: string, context: ErrorContext = {}): AppError {
  return new AppError('bad-answer', `${service} gave an answer that cannot be used: ${what}.`, {
    retry: 'wait',
    context,
  });
}
