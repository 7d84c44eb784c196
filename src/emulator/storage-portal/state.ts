import type { EmulatedAccount } from '../account-book.js';
import type { WorldLink } from '../world.js';

/** A file that an account has paid for. */
export interface PaidLink {
  readonly id: string;
  readonly account: Account;
  readonly link: WorldLink;
  /** The emulator's time. */
  readonly bornMs: number;
  /** Real and advanced time. */
  readonly bornElapsedMs: number;
  /** Whether it ends in `error`. */
  readonly fails: boolean;
  expired: boolean;
}

export interface Account extends EmulatedAccount {
  /** Bytes charged, ever. */
  trafficUsed: number;
  /** INVARIANT: in order of time; what was charged for every link. */
  readonly links: PaidLink[];
}

export type RemoteStatus = 'pending' | 'downloading' | 'done' | 'error';
