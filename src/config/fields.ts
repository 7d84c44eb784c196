import * as z from 'zod';
import type { ServiceName } from '../core/account.js';
import type { Span } from '../library/folder-rules.js';
import { languageCode } from '../library/languages.js';
import { cleanFolderName } from '../library/names.js';
import { isYear } from '../library/years.js';
import { parseListenAddress, type ListenAddress } from '../server/listen-address.js';
import { nearest } from './nearest.js';
import { Secret } from './secret.js';
import { parseDuration, parseSize } from './units.js';

/** A text that `parse` understands; `wanted` completes the sentence "Write …". Undefined means: not understood. */
function field<Value>(parse: (text: string) => Value | undefined, wanted: string) {
  return z.string().transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `Write ${wanted}.` });
    return z.NEVER;
  });
}

const switches: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

export const flag = field((text) => switches[text.trim().toLowerCase()], 'true or false');

export function oneOf<Word extends string>(...words: readonly Word[]) {
  return z.string().transform((text, context): Word => {
    const found = words.find((word) => word === text.trim().toLowerCase());
    if (found !== undefined) return found;
    const near = nearest(text, words);
    const guess = near === undefined ? '' : ` Did you mean ${near}?`;
    context.addIssue({ code: 'custom', message: `Write one of ${words.join(', ')}.${guess}` });
    return z.NEVER;
  });
}

export const service = oneOf<ServiceName>('real-debrid', 'alldebrid', 'torbox', 'storage-portal');

/** Bytes. */
export function size(minBytes: number, minText: string) {
  const wanted = `a size with a unit, such as 10GiB or 512k${minBytes > 0 ? `, at least ${minText}` : ''}`;
  return field((text) => atLeast(parseSize(text), minBytes), wanted);
}

/** Bytes a second, or null for `off`. */
export const rate = field((text) => {
  if (text.trim().toLowerCase() === 'off') return null;
  return atLeast(parseSize(text.trim().replace(/\/s$/, '')), 1);
}, 'a size per second with a unit, such as 10MiB, or off');

/** Longest wait a timer takes, in milliseconds: 2^31 - 1 (Node's documentation of setTimeout). */
const maxTimerMs = 2 ** 31 - 1;

/** Milliseconds. */
export function duration(minMs: number, minText: string) {
  const wanted = `a duration with a unit, such as 60s or 1h30m, at least ${minText} and at most 24d`;
  return field((text) => {
    const ms = atLeast(parseDuration(text), minMs);
    return ms === undefined || ms > maxTimerMs ? undefined : ms;
  }, wanted);
}

/** A share between 0 and 1, written in per cent. */
export const share = field((text) => {
  const digits = /^(\d{1,3}(?:\.\d{1,3})?)\s?%$/.exec(text.trim())?.[1];
  const value = digits === undefined ? undefined : Number(digits) / 100;
  return value === undefined || value > 1 ? undefined : value;
}, 'a share between 0% and 100%');

/** A user or group number: 32 bits, the highest of which means "no change" to the kernel. */
export const userNumber = field((text) => {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : undefined;
  return value === undefined || value >= 2 ** 32 - 1 ? undefined : value;
}, 'a number, such as 1000 (see `id`)');

export const permissionBits = field((text) => {
  const digits = /^(?:0o?)?([0-7]{1,4})$/.exec(text.trim())?.[1];
  const value = digits === undefined ? undefined : Number.parseInt(digits, 8);
  return value === undefined || value > 0o777 ? undefined : value;
}, 'permission bits in octal, such as "022"');

/** A path as written; whoever uses it makes it absolute. */
export const path = field(
  (text) => (text.trim() === '' || text.includes('\0') ? undefined : text.trim()),
  'a path',
);

export const accountName = field(
  (text) => (/^[a-z0-9-]{1,64}$/.test(text) ? text : undefined),
  'a name of lower-case letters, digits and -',
);

export const plainText = field((text) => (text.trim() === '' ? undefined : text.trim()), 'a text');

export const secret = field(
  (text) => (text.trim() === '' || /\p{Cc}/u.test(text.trim()) ? undefined : new Secret(text.trim())),
  'the secret on one line; it is empty or holds control characters',
);

/** One value, or a list of them. */
export function oneOrMore<Field extends z.ZodType>(field: Field) {
  return z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(field).min(1, 'Write at least one.'),
  );
}

/** A name that a folder can have as it is. */
export const folderName = field(
  (text) => (text !== '_' && cleanFolderName(text) === text ? text : undefined),
  'a name of at most 200 bytes, without / \\ < > : " | ? * and without a dot or space at an end',
);

export const language = field(
  (text) => languageCode(text.trim().toLowerCase()) ?? undefined,
  'a language, such as de or German',
);

/** A bounded or half-open span: `>=1080p`, `<30d`, `1980-1989`, or a single value. */
function span(parse: (text: string) => number | undefined, wanted: string) {
  return field((text): Span | undefined => {
    const [, sign, digits] = /^(<=|>=|<|>)\s*(.+)$/.exec(text.trim()) ?? [];
    if (sign !== undefined && digits !== undefined) {
      const value = parse(digits);
      if (value === undefined) return undefined;
      const next = sign.length === 1 ? 1 : 0;
      return sign.startsWith('<')
        ? { from: Number.NEGATIVE_INFINITY, to: value - next }
        : { from: value + next, to: Number.POSITIVE_INFINITY };
    }
    const [first = '', last = first, ...more] = text.split('-');
    const [from, to] = [parse(first), parse(last)];
    if (from === undefined || to === undefined || from > to || more.length > 0) return undefined;
    return { from, to };
  }, wanted);
}

export const years = span(
  (text) => (/^\d{4}$/.test(text.trim()) ? Number(text) : undefined),
  'a year or years, such as 1999, 1980-1989 or >=2000',
);

export const resolutions = span((text) => {
  const lines = /^(\d{3,4})[pi]?$/.exec(text.trim().replace(/^4k$/i, '2160p'))?.[1];
  return lines === undefined ? undefined : Number(lines);
}, 'a resolution or several, such as 2160p, >=1080p or 480p-720p');

export const ages = span(parseDuration, 'an age, such as <30d, >365d or 7d-30d');

export const sizes = span(parseSize, 'a size, such as <4GB, >20GiB or 1GB-8GB');

/** A regular expression, `/…/flags` or just the pattern, which then makes no difference between cases. */
export const expression = field((text) => {
  const [, slashed, flags] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  try {
    return new RegExp(slashed ?? text, flags?.replace(/[gy]/g, '') ?? 'iu');
  } catch {
    return undefined;
  }
}, 'a regular expression, such as /S\\d+E\\d+/ or remux');

/** Episodes of one file: `3`, `3-5`, `3,5`. */
export const episodes = field((text) => {
  const numbers = text.split(',').flatMap((part) => {
    const [, first, last] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part) ?? [];
    if (first === undefined) return [Number.NaN];
    const [from, to] = [Number(first), Number(last ?? first)];
    return to < from || to - from > 100
      ? [Number.NaN]
      : Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return numbers.some(Number.isNaN) ? undefined : [...new Set(numbers)].sort((a, b) => a - b);
}, 'an episode or several, such as 3, 3-5 or 3,5');

export const seasonNumber = field(
  (text) => (/^\d{1,4}$/.test(text.trim()) ? Number(text) : undefined),
  'a season, such as 2; 0 is for specials',
);

/** A year, or null for `none`. */
export const yearOrNone = field((text) => {
  if (text.trim().toLowerCase() === 'none') return null;
  const year = /^\d{4}$/.test(text.trim()) ? Number(text) : undefined;
  return year !== undefined && isYear(year) ? year : undefined;
}, 'a year, such as 1999, or none');

/** An origin with an optional path prefix, without the slash at its end. */
export const apiUrl = field((text) => {
  const url = httpUrl(text);
  if (
    url === undefined ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    return undefined;
  }
  return url.href.replace(/\/+$/, '');
}, 'an address such as https://host or http://host:8080/prefix, without ?, # or a password');

/** An address that may hold a password or a key. */
export const secretUrl = field((text) => {
  const url = httpUrl(text);
  return url === undefined ? undefined : new Secret(url.href);
}, 'an address that starts with http:// or https://');

export const listen = field((text): ListenAddress | null | undefined => {
  return text.trim().toLowerCase() === 'off' ? null : parseListenAddress(text);
}, 'an address such as 127.0.0.1:8484 or [::1]:0 (port 0: any free one), or off');

function httpUrl(text: string): URL | undefined {
  const trimmed = text.trim();
  if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  return new URL(trimmed);
}

function atLeast(value: number | undefined, min: number): number | undefined {
  return value === undefined || value < min ? undefined : value;
}
