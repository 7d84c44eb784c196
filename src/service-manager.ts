import { join } from 'node:path';
import type { Clock } from './core/clock.js';
import type { Logger } from './core/logger.js';
import { runLimited } from './fuse/run-limited.js';

/** What a service manager is told of. */
export interface ManagedMount {
  readonly mountpoint: string;
  /** Resolves once it is mounted; rejects when it cannot be. */
  readonly mounted: Promise<void>;
  /** How it is, in a line. */
  readonly summary: () => string;
}

export interface ServiceManagerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the state is told where the manager does not say how often it wants to hear something, in milliseconds. */
const usualBeatMs = 30_000;
/** How soon something is told again that was not heard, and whether it can be READY is looked at, in milliseconds. */
const soonMs = 1_000;
/** How long the mount may take to be read, and the manager to be told. */
const patienceMs = 10_000;
/** How long the manager may take to hear of the end, in milliseconds: the mount is still to be taken away, in less than the time it grants. */
const lastPatienceMs = 1_000;

/**
 * Tells systemd (`sd_notify(3)`) how the mount is: READY once a file of it was read by another process, then its state and a sign of life
 * four times in each `WatchdogSec`, and STOPPING at the end. Without `$NOTIFY_SOCKET` it does nothing. The message goes through the program
 * `systemd-notify`, because Node has no datagram sockets of this kind (observed, 20.20); the unit needs `NotifyAccess=all` for that.
 * @returns what says that the end begins.
 */
export function tellServiceManager(mount: ManagedMount, options: ServiceManagerOptions): () => Promise<void> {
  const { env, logger } = options;
  if (env['NOTIFY_SOCKET'] === undefined) return () => Promise.resolve();
  const ended = new AbortController();
  let hasWarned = false;
  const tell = async (told: readonly string[], limitMs = patienceMs): Promise<boolean> => {
    const result = await runLimited('systemd-notify', told, limitMs);
    if (result.kind === 'exit' && result.code === 0) return true;
    if (!hasWarned) logger.warn({ how: result.kind }, 'the service manager was not told how the mount is');
    hasWarned = true;
    return false;
  };
  report(mount, options, tell, ended.signal).catch((error: unknown) => {
    logger.warn({ err: error }, 'the service manager is not told any more how the mount is');
  });
  return async () => {
    // What it is telling just now, or reading from a mount that does not answer, is not waited for.
    ended.abort();
    await tell(['STOPPING=1', 'STATUS=It is being ended.'], lastPatienceMs);
  };
}

async function report(
  { mountpoint, mounted, summary }: ManagedMount,
  { env, clock }: ServiceManagerOptions,
  tell: (told: readonly string[]) => Promise<boolean>,
  ended: AbortSignal,
): Promise<void> {
  const beatMs = watchdogMs(env['WATCHDOG_USEC']) ?? usualBeatMs;
  let isReady = false;
  const mount = { isThere: false };
  void mounted.then(
    () => (mount.isThere = true),
    () => undefined,
  );
  const state = (): string => `STATUS=${summary()}`;
  await tell([state()]);
  while (!ended.aborted) {
    // What does not answer any more is ended by who watches the mount; the manager hears of the process.
    let isHeard = true;
    if (isReady) isHeard = await tell([state(), 'WATCHDOG=1']);
    else if (mount.isThere && (await canBeRead(mountpoint, ended)))
      isReady = await tell([state(), 'READY=1']);
    else await tell([state()]);
    await clock.sleep(isReady && isHeard ? beatMs : Math.min(beatMs, soonMs), ended).catch(() => undefined);
  }
}

async function canBeRead(mountpoint: string, ended: AbortSignal): Promise<boolean> {
  const result = await runLimited('cat', [join(mountpoint, '.debridfs-mounted')], patienceMs, {
    onlyLooks: true,
  });
  // Of an end that has come meanwhile the manager has heard.
  return !ended.aborted && result.kind === 'exit' && result.code === 0;
}

/**
 * A quarter of what the manager waits for. Half of it is documented (`sd_watchdog_enabled(3)`), which leaves no time for a sign of life
 * that is lost, or takes long, on a machine that is short of memory.
 */
function watchdogMs(text: string | undefined): number | null {
  return /^\d{4,15}$/.test(text ?? '') ? Number(text) / 4_000 : null;
}
