import type { StandInContext } from './stand-in.js';

/** Has a login approved after a while, as if its user had done so, where the emulator is to. */
export function approveLater(
  { clock, approveLoginsAfterMs }: StandInContext,
  firstKey: () => string | null,
  approve: (key: string) => void,
): void {
  const afterMs = approveLoginsAfterMs();
  if (afterMs === null) return;
  clock.after(afterMs, () => {
    const key = firstKey();
    if (key !== null) approve(key);
  });
}
