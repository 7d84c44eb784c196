/** Reads values out of JSON that nobody promised: each function answers null for what it cannot understand. */

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** A list, also where it comes as a map with any keys. */
export function asList(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value as unknown[];
  const map = asObject(value);
  return map === null ? null : Object.values(map);
}

/**
 * Longest text, in UTF-16 units: sixteen times PATH_MAX (4,096 bytes). A path of a whole answer's length would be a hundred million
 * folders, which fill the memory of whoever takes it apart.
 */
const maxTextLength = 65_536;

/** A text that is not longer than any name, path or address. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value.length <= maxTextLength ? value : null;
}

/** A finite number, also where it comes as a string. */
export function asNumber(value: unknown): number | null {
  if (typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value.trim())) return asNumber(Number(value));
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/**
 * Largest size understood: 1 PiB, over a thousand times the largest torrent that AllDebrid takes (1 TB, API
 * documentation, read 2026-11). Sums of sizes stay far from where numbers lose their last digits.
 */
const maxSizeBytes = 2 ** 50;

/** A number of bytes: an integer from 0 to 1 PiB (2^50). */
export function asSize(value: unknown): number | null {
  const size = asNumber(value);
  return size !== null && Number.isInteger(size) && size >= 0 && size <= maxSizeBytes ? size : null;
}

/** A yes or no, also as 1 and 0. */
export function asFlag(value: unknown): boolean | null {
  if (value === true || value === 1 || value === '1' || value === 'true') return true;
  if (value === false || value === 0 || value === '0' || value === 'false') return false;
  return null;
}

/**
 * An identifier as text, a number included. Only letters, digits, `_` and `-`: it becomes a component of request
 * paths, and no service uses anything else.
 */
export function asId(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && /^[\w-]{1,64}$/.test(text) ? text : null;
}

/** An infohash in lower-case hex: 40 digits, or 64 of a version 2 torrent. */
export function asInfohash(value: unknown): string | null {
  return typeof value === 'string' && /^(?:[\da-f]{40}|[\da-f]{64})$/i.test(value)
    ? value.toLowerCase()
    : null;
}

/** An http or https URL without a user name, as told. */
export function asUrl(value: unknown): string | null {
  const text = asText(value);
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  return isHttp && url.hostname !== '' && url.username === '' && url.password === '' ? text : null;
}

/** Seconds since 1970 as milliseconds; 0 for what is no time. */
export function unixSecondsToMs(value: unknown): number {
  const seconds = asNumber(value);
  return seconds !== null && seconds > 0 && seconds < 1e11 ? Math.round(seconds * 1000) : 0;
}

/** A UTC date in ISO form as milliseconds; 0 for what is no date, lies before 1970, or after `latestMs`. */
export function isoDateToMs(value: unknown, latestMs = Infinity): number {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d/.test(value)) return 0;
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(value);
  const ms = Date.parse(hasZone || !value.includes(':') ? value : `${value}Z`);
  return ms > 0 && ms <= latestMs ? ms : 0;
}
