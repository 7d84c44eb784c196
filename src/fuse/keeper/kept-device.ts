import type { Session } from '../kernel/init.js';

/** A mount that outlives the process that serves it, as the keeper remembers it. */
export interface KeptMount {
  readonly mountpoint: string;
  /** `major:minor`. */
  readonly device: string;
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

/** What a worker finds in its environment. */
export type Handover = Pick<KeptDevice, 'descriptor' | 'life' | 'mounted'>;

/** What a worker sends to its keeper. */
export interface WorkerMessage {
  readonly mounted: KeptMount | null;
}

/** Name of the variable in which a keeper hands a device over, as JSON. */
export const handoverVariable = 'DEBRIDFS_KEPT_DEVICE';

/** The part of `process` by which a worker knows its keeper. */
export interface WorkerProcess {
  readonly env: NodeJS.ProcessEnv;
  readonly send?: ((message: WorkerMessage) => unknown) | undefined;
  readonly connected: boolean;
}

/**
 * The device that a keeper handed to this process; undefined when there is no keeper. Takes the variable away, so that no
 * child believes to be a worker.
 */
export function keptDevice(worker: WorkerProcess): KeptDevice | undefined {
  const text = worker.env[handoverVariable];
  Reflect.deleteProperty(worker.env, handoverVariable);
  if (text === undefined || worker.send === undefined) return undefined;
  return {
    ...(JSON.parse(text) as Handover),
    tell(mounted) {
      // Without its keeper a worker goes on: only the next crash ends the mount.
      if (worker.connected) worker.send?.({ mounted });
    },
  };
}
