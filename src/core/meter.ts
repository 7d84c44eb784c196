import type { AccountName } from './account.js';
import type { ErrorCode } from './errors.js';

/** Hears of what is to be counted. Every method is quick, and never throws. */
export interface Meter {
  /**
   * A request of the kernel was answered.
   * @param operation its name, of a closed set. @param errno 0, or what the kernel was told, negative.
   */
  answered(operation: string, errno: number, seconds: number): void;
  /** A call to an account's service has ended. @param outcome the status of its answer, or `failed` where none came. */
  called(account: AccountName, outcome: number | 'failed', seconds: number): void;
  /** A link was asked for. @param outcome `made`, or the code of why it was not. */
  linked(account: AccountName, outcome: 'made' | ErrorCode): void;
  /** A file host has begun to answer, or did not. */
  responded(account: AccountName, outcome: number | 'failed', seconds: number): void;
}
