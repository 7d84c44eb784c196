import type { AccountName } from './core/account.js';
import type { Logger } from './core/logger.js';
import type { SyncProgress } from './core/sync-progress.js';
import type { KeptDevice } from './fuse/keeper/kept-device.js';

/** What a start is given by who starts it. */
export interface StartContext {
  readonly logger: Logger;
  /** Takes secrets out of texts that leave the process. */
  readonly scrub: (text: string) => string;
  /** Has `scrub` take out these secrets of an account as well from now on. */
  readonly learn?: (secrets: readonly string[], account: AccountName) => void;
  readonly version: string;
  /** Fires when the user gives up before the start is over; then the start ends and leaves nothing behind. */
  readonly signal: AbortSignal;
  readonly kept?: KeptDevice | undefined;
}

/** Something that runs until it is stopped. */
export interface Running {
  /** Ends it; resolves when nothing of it is left. Idempotent. */
  stop(): Promise<void>;
  /** Settles when it has ended, whoever ended it, with the exit code. */
  readonly stopped: Promise<number>;
}

/** How far it is known what each account holds; null where nothing is being found out. */
export type AccountsProgress = readonly {
  readonly account: AccountName;
  readonly progress: SyncProgress | null;
}[];

export interface RunningMount extends Running {
  readonly mountpoint: string;
  /** Costs nothing. */
  readonly progress: () => AccountsProgress;
}
