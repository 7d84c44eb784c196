import type { ErrorCode } from './errors.js';

/** The services an account can be of. */
export type ServiceName = 'real-debrid' | 'alldebrid' | 'torbox' | 'storage-portal';

/** An account's name in the configuration: unique, `[a-z0-9-]+`, shown to the user and in the tree. */
export type AccountName = string;

/** What an account can do at present. Unknown until it was asked once. */
export type AccountCondition =
  'unknown' | 'ok' | 'expired' | 'rejected' | 'blocked' | 'unreachable' | 'limited';

/** Something that a service counts out to an account, as the service tells it: traffic, or places for downloads. */
export interface Allowance {
  /** What is counted, in lower case: `active torrents`, `traffic of example.com`. */
  readonly name: string;
  readonly unit: 'bytes' | 'items';
  /** Null where the service does not tell; so are the others. */
  readonly used: number | null;
  readonly left: number | null;
  /** The most there may be. */
  readonly limit: number | null;
}

export interface AccountState {
  readonly condition: AccountCondition;
  /** One sentence for the user: what is wrong and what to do; empty when `ok`. */
  readonly detail: string;
  /** End of the paid time, wall clock milliseconds; null where the service does not tell. */
  readonly premiumUntilMs: number | null;
  /** A bounded number; none where the service tells of none, or did not answer. */
  readonly allowances: readonly Allowance[];
}

/** Files of an account that could not be read for one reason. */
export interface UnreadableFiles {
  readonly code: ErrorCode;
  /** How many. */
  readonly files: number;
  /** Why, and what to do, as it was last told. */
  readonly sentence: string;
}
