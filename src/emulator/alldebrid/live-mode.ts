import type { Account, Magnet } from './state.js';
import { magnetStatus } from './shapes.js';

/** What the live mode tells, in the form of the documentation. */
export interface LiveStatus {
  readonly magnets: readonly object[];
  readonly counter: number;
  readonly fullsync?: true;
}

/**
 * What has changed since a session was told last: everything for a new session or a counter out of step, else the
 * changed properties. A magnet that was deleted appears with its id alone, once; the documentation does not say.
 * @param whole a magnet as it is told with all others.
 */
export function liveStatus(
  account: Account,
  magnets: readonly Magnet[],
  sessionId: string,
  counter: number,
  whole: (magnet: Magnet) => object,
): LiveStatus {
  const now = new Map(magnets.map((magnet) => [magnet.id, magnetStatus(magnet)]));
  const session = account.sessions.get(sessionId);
  if (session === undefined || counter === 0 || counter !== session.counter) {
    account.sessions.set(sessionId, { counter: 1, told: now });
    return { magnets: magnets.map(whole), counter: 1, fullsync: true };
  }
  const changed = [...now].flatMap(([id, status]) => {
    const before = session.told.get(id) ?? {};
    const fields = Object.entries(status).filter(([field, value]) => before[field] !== value);
    return fields.length === 0 ? [] : [{ id, ...Object.fromEntries(fields) }];
  });
  const deleted = [...session.told.keys()].filter((id) => !now.has(id)).map((id) => ({ id }));
  session.told = now;
  session.counter += 1;
  return { magnets: [...changed, ...deleted], counter: session.counter };
}
