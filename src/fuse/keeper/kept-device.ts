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

/** What a keeper sends to a worker that is to serve. */
export interface Handover {
  readonly life: number;
  readonly mounted: KeptMount | null;
}

/** What a worker sends to its keeper: that it can take over at once; and what it mounted, null once that has ended. */
export type WorkerMessage =
  { readonly kind: 'ready' } | { readonly kind: 'mounted'; readonly mounted: KeptMount | null };

/** Descriptor under which a worker finds the device. */
export const deviceDescriptor = 3;

/** Name of the variable by which a process knows that it is a worker. */
export const workerVariable = 'DEBRIDFS_WORKER';

/** The part of `process` by which a worker knows its keeper. */
export interface WorkerProcess {
  readonly env: NodeJS.ProcessEnv;
  readonly connected: boolean;
  readonly send?: ((message: WorkerMessage, done: (error: Error | null) => void) => unknown) | undefined;
  once(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
  off(event: 'disconnect', listener: () => void): unknown;
  exit(code: number): never;
}

/**
 * Where this process is a worker: gets ready, waits until it is needed, and returns the device that it is to serve. A
 * worker whose keeper dies before ends; later it goes on without, and only the next crash ends the mount.
 * @param getReady loads what serving needs, which takes most of the time of a start.
 * @returns undefined where there is no keeper.
 */
export async function keptDevice(
  worker: WorkerProcess,
  getReady: () => Promise<unknown>,
): Promise<KeptDevice | undefined> {
  const isWorker = worker.env[workerVariable] !== undefined && worker.send !== undefined;
  // No child is to believe that it is one.
  Reflect.deleteProperty(worker.env, workerVariable);
  if (!isWorker) return undefined;
  const abandoned = (): void => worker.exit(0);
  worker.once('disconnect', abandoned);
  const handover = new Promise<Handover>((resolve) => {
    worker.once('message', (message) => resolve(message as Handover));
  });
  await getReady();
  worker.send({ kind: 'ready' }, () => undefined);
  const { life, mounted } = await handover;
  worker.off('disconnect', abandoned);
  return {
    descriptor: deviceDescriptor,
    life,
    mounted,
    tell(told) {
      // A keeper that has just died hears nothing any more, which is no reason to end.
      if (worker.connected) worker.send?.({ kind: 'mounted', mounted: told }, () => undefined);
    },
  };
}
