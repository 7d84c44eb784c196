const sizeUnits: Readonly<Record<string, number>> = {
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Bytes of a size with a unit: `10GiB`, `10Gi` and `10G` (powers of 1024, as rclone reads them), `10GB` (of 1000),
 * `10B`. Undefined for anything else, so also for a number without a unit, except 0.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)\s?([a-z]{0,3})$/i.exec(text.trim());
  const [, digits, unit] = match ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  if (unit === '') return Number(digits) === 0 ? 0 : undefined;
  const factor = sizeUnits[unit.toLowerCase().replace(/^([kmgt])ib?$/, '$1')];
  const bytes = factor === undefined ? Number.NaN : Math.round(Number(digits) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * Milliseconds of a duration with units: `60s`, `5m`, `1h30m`, `500ms`. Undefined for anything else, so also for a
 * number without a unit, except 0.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  if (!/^(?:\d{1,10}(?:\.\d{1,3})?(?:ms|[smhd]))+$/.test(trimmed)) return undefined;
  let milliseconds = 0;
  for (const [, digits, unit] of trimmed.matchAll(/([\d.]+)(ms|[smhd])/g)) {
    milliseconds += Number(digits) * (durationUnits[unit ?? ''] ?? Number.NaN);
  }
  const rounded = Math.round(milliseconds);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
