import type { Session } from './init.js';

/** A mount that outlives the process that serves it, as the keeper remembers it. */
export interface KeptMount {
  readonly mountpoint: string;
  /** What was agreed on with the kernel, which asks only once. */
  readonly session: Session;
}

/** A device that another process keeps open, so that the mount survives this one. */
export interface KeptDevice {
  readonly descriptor: number;
  /** Counts the processes that served the device, from 0. */
  readonly life: number;
  /** What an earlier life left mounted; null when this one is to mount. */
  readonly mounted: KeptMount | null;
  /** Tells the keeper what to hand to the next life; null: the mount has ended. */
  tell(mounted: KeptMount | null): void;
}
