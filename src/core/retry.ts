/**
 * How long to wait before try number `attempt` (0 for the first repetition), in milliseconds: doubling from `baseMs` to
 * `maxMs`, with jitter of ±20 %, so that many waiters do not come back at once.
 */
export function backoffMs(
  attempt: number,
  baseMs: number,
  maxMs: number,
  random: () => number = Math.random,
): number {
  const plain = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return plain * (0.8 + 0.4 * random());
}
