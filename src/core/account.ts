/** The services an account can be of. */
export type ServiceName = 'real-debrid' | 'alldebrid' | 'torbox' | 'storage-portal';

/** An account's name in the configuration: unique, `[a-z0-9-]+`, shown to the user and in the tree. */
export type AccountName = string;

/** What an account can do at present. Unknown until it was asked once. */
export type AccountCondition =
  'unknown' | 'ok' | 'expired' | 'rejected' | 'blocked' | 'unreachable' | 'limited';

export interface AccountState {
  readonly condition: AccountCondition;
  /** One sentence for the user: what is wrong and what to do; empty when `ok`. */
  readonly detail: string;
  /** End of the paid time, wall clock milliseconds; null where the service does not tell. */
  readonly premiumUntilMs: number | null;
}
