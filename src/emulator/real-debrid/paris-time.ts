const hourMs = 60 * 60 * 1000;

/** How far Paris is ahead of UTC: two hours from the last Sunday of March to that of October, 01:00 UTC; else one. */
export function parisOffsetMs(utcMs: number): number {
  const year = new Date(utcMs).getUTCFullYear();
  const summer = utcMs >= lastSunday(year, 2) && utcMs < lastSunday(year, 9);
  return summer ? 2 * hourMs : hourMs;
}

/** A date as Real-Debrid's JSON tells it: the clock on the wall in Paris, under a `Z` (observed in public clients). */
export function jsonDate(utcMs: number): string {
  return `${wallClock(utcMs).slice(0, 19)}.000Z`;
}

/** `2026-11-23`, in Paris. */
export function parisDay(utcMs: number): string {
  return wallClock(utcMs).slice(0, 10);
}

/** `2026-11-23T01:00:00+0100`, which is true. */
export function isoTime(utcMs: number): string {
  return `${wallClock(utcMs).slice(0, 19)}+0${parisOffsetMs(utcMs) / hourMs}00`;
}

/** `2026-11-23 01:00:00`. */
export function plainTime(utcMs: number): string {
  return wallClock(utcMs).slice(0, 19).replace('T', ' ');
}

function wallClock(utcMs: number): string {
  return new Date(utcMs + parisOffsetMs(utcMs)).toISOString();
}

function lastSunday(year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month + 1, 0, 1));
  return lastDay.getTime() - lastDay.getUTCDay() * 24 * hourMs;
}
