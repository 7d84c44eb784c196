import type { Session } from '../kernel/init.js';
import type { KeptMount, WorkerMessage } from './kept-device.js';

/**
 * What a worker said, or null where it is nothing that a worker says. The keeper is root, and a worker that gave its rights up
 * may have been taken over by somebody: what it says leads to paths and commands of the keeper's.
 */
export function understood(message: unknown): WorkerMessage | null {
  if (!isRecord(message)) return null;
  if (message['kind'] === 'ready') return { kind: 'ready' };
  if (message['kind'] !== 'mounted') return null;
  const { mounted } = message;
  if (mounted === null) return { kind: 'mounted', mounted };
  const kept = keptMount(mounted);
  return kept === null ? null : { kind: 'mounted', mounted: kept };
}

function keptMount(value: unknown): KeptMount | null {
  if (!isRecord(value)) return null;
  const { mountpoint, device, session } = value;
  const understoodSession = sessionOf(session);
  if (typeof mountpoint !== 'string' || !mountpoint.startsWith('/')) return null;
  if (typeof device !== 'string' || !/^\d+:\d+$/.test(device) || understoodSession === null) return null;
  return { mountpoint, device, session: understoodSession };
}

function sessionOf(value: unknown): Session | null {
  if (!isRecord(value)) return null;
  const { minor, maxReadBytes, resends } = value;
  if (!Number.isSafeInteger(minor) || !Number.isSafeInteger(maxReadBytes) || typeof resends !== 'boolean')
    return null;
  return { minor: Number(minor), maxReadBytes: Number(maxReadBytes), resends };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
