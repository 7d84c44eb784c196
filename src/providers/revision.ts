/** Tells from an item's facts, as its service lists them, whether its files must be asked for again. */
import { createHash } from 'node:crypto';

/** Short, and different where any fact is; null where one is a list or an object, which none should be. */
export function revisionOf(facts: readonly unknown[]): string | null {
  if (facts.some((fact) => typeof fact === 'object' && fact !== null)) return null;
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}
