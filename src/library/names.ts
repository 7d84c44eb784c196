/** What a file or folder may be called, and how long. */

/**
 * Longest name of one component, in bytes of UTF-8. Linux allows 255; the rest is room for ` [a1b2c3]` and for the
 * `.en.forced.sdh.srt` that a subtitle adds to its video's stem.
 */
export const maxNameBytes = 200;

/** Longest extension, dot included: `.torrent` is the longest in common use, and nothing longer is one. */
const maxExtensionLength = 9;

/** Longest end of a name that is never cut, in bytes: ` [a1b2c3]` and an extension, or a subtitle's suffix. */
const maxEndBytes = 40;

/** What stands for a name of which nothing legal remains. */
const emptyName = '_';

/**
 * Dropped: `<>:"|?*`; control characters (C0, DEL, C1); lone surrogates, which UTF-8 cannot hold; line and paragraph
 * separators; and the bidirectional embeddings, overrides and isolates, which make a name read as another one. Marks
 * that only help display (LRM, RLM, joiners) stay: Arabic, Persian and emoji names need them.
 */
const dropped = /[<>:"|?*\p{Cc}\p{Surrogate}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A string without lone surrogates (they become U+FFFD) and in NFC: equal texts are equal strings. */
export function normalText(raw: string): string {
  return raw.replace(/\p{Surrogate}/gu, '\uFFFD').normalize('NFC');
}

/**
 * One legal path component from anything: NFC, `/` and `\` become `-`, what must not be in a name is dropped, so are
 * dots and spaces at the start and the end. Never empty (`_` instead), never `.` or `..`; idempotent. Not shortened:
 * that is `fitName`'s part.
 */
export function cleanComponent(raw: string): string {
  const legal = raw.normalize('NFC').replace(/[/\\]/g, '-').replace(dropped, '').normalize('NFC');
  const trimmed = trimStart(trimEnd(legal));
  return trimmed === '' ? emptyName : trimmed;
}

/** Whether cleaning left nothing of a name. */
export function isEmptyName(cleaned: string): boolean {
  return cleaned === emptyName;
}

/** A cleaned file name of at most `maxNameBytes`. */
export function cleanFileName(raw: string): string {
  const [stem, extension] = splitExtension(cleanComponent(raw));
  return fitName(stem, extension);
}

/** A cleaned folder name of at most `maxNameBytes`. */
export function cleanFolderName(raw: string): string {
  return fitName(cleanComponent(raw), '');
}

/**
 * A file name in its stem and its extension (with the dot, or empty). Any short word of letters and digits is an
 * extension, except what release names end with: a resolution, a codec, a year.
 */
export function splitExtension(name: string): readonly [stem: string, extension: string] {
  const dot = name.lastIndexOf('.');
  const extension = name.slice(dot);
  if (dot <= 0 || extension.length > maxExtensionLength) return [name, ''];
  if (!/^\.(?:[a-z0-9]*[a-z][a-z0-9]*|\d{3})$/i.test(extension)) return [name, ''];
  if (/^\.(?:\d{3,4}[pi]|[xh]?26[456])$/i.test(extension)) return [name, ''];
  return [name.slice(0, dot), extension];
}

/**
 * Stem and extension as one name of at most `maxNameBytes - reservedBytes` bytes, both cleaned already. What is too
 * much is cut from the end of the stem, between graphemes, and the cut end is trimmed. An extension of more than 40
 * bytes is none: it is cut with the stem.
 */
export function fitName(stem: string, extension: string, reservedBytes = 0): string {
  const endBytes = Buffer.byteLength(extension);
  if (endBytes > maxEndBytes) return fitName(stem + extension, '', reservedBytes);
  const fitted = cutToBytes(stem, maxNameBytes - reservedBytes - endBytes);
  return (fitted === '' ? emptyName : fitted) + extension;
}

function cutToBytes(text: string, budget: number): string {
  if (Buffer.byteLength(text) <= budget) return text;
  // A code unit is at least one byte of UTF-8, so what follows the budget cannot stay.
  const head = text.slice(0, Math.max(0, budget) + 1);
  const whole = takeWhileFits(
    Array.from(graphemes.segment(head), (part) => part.segment),
    budget,
  );
  return trimEnd(whole === '' ? takeWhileFits(Array.from(head), budget) : whole);
}

function takeWhileFits(pieces: readonly string[], budget: number): string {
  let taken = '';
  let bytes = 0;
  for (const piece of pieces) {
    bytes += Buffer.byteLength(piece);
    if (bytes > budget || /\p{Surrogate}/u.test(piece)) break;
    taken += piece;
  }
  return taken;
}

// Loops, because a regular expression for trailing runs takes quadratic time on names of many inner runs.
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /[.\s]/.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && /[.\s]/.test(text.charAt(start))) start += 1;
  return text.slice(start);
}
