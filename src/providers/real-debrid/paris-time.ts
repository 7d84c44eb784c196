/** Turns Real-Debrid's dates, which are Paris wall time marked as UTC (observed), into UTC. */

const dayMs = 86_400_000;

/** More days than any library spans; the cache is emptied when it would grow beyond. */
const maxDays = 10_000;

/** Remembers the offset of Paris by day, because asking the time zone data for each of 5,000 dates takes long. */
export class ParisTime {
  readonly #format = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Paris',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  /** Offset at noon UTC, by days since 1970. */
  readonly #offsetsMs = new Map<number, number>();

  /**
   * A date as Real-Debrid tells it, in milliseconds UTC; 0 for what is no date. One that names another zone than `Z`
   * is taken at its word. The hour that autumn repeats counts as the first of the two.
   */
  toUtcMs(date: unknown): number {
    if (typeof date !== 'string') return 0;
    const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$/i.exec(date.trim());
    if (match === null) return 0;
    const [, day, time, zone] = match;
    const hasOffset = zone !== undefined && zone.toUpperCase() !== 'Z';
    const ms = Date.parse(`${day}T${time}${hasOffset ? zone : 'Z'}`);
    if (Number.isNaN(ms)) return 0;
    return Math.max(0, hasOffset ? ms : this.#wallToUtcMs(ms));
  }

  #wallToUtcMs(wallMs: number): number {
    const day = Math.floor(wallMs / dayMs);
    const before = this.#noonOffsetMs(day - 1);
    const after = this.#noonOffsetMs(day + 1);
    if (before === after) return wallMs - before;
    const valid = [wallMs - before, wallMs - after].filter(
      (utcMs) => utcMs + this.#offsetMs(utcMs) === wallMs,
    );
    return valid.length > 0 ? Math.min(...valid) : wallMs - before;
  }

  #noonOffsetMs(day: number): number {
    const known = this.#offsetsMs.get(day);
    if (known !== undefined) return known;
    if (this.#offsetsMs.size >= maxDays) this.#offsetsMs.clear();
    const offsetMs = this.#offsetMs(day * dayMs + dayMs / 2);
    this.#offsetsMs.set(day, offsetMs);
    return offsetMs;
  }

  #offsetMs(utcMs: number): number {
    const fields: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of this.#format.formatToParts(utcMs)) fields[type] = value;
    const { year, month, day, hour, minute, second } = fields;
    const wallMs = Date.parse(
      `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`,
    );
    return Number.isNaN(wallMs) ? 0 : wallMs - Math.floor(utcMs / 1000) * 1000;
  }
}
