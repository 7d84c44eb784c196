/** The lines of a links file: hoster links of the user's own. */
import type { OwnLink } from '../core/own-links.js';
import { parseSize } from './units.js';

/** What is wrong with a line, as a sentence; the file and the line are named before it. */
export interface LineProblem {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export interface LinksFile {
  readonly links: readonly OwnLink[];
  readonly problems: readonly LineProblem[];
}

/** A library of a hundred thousand links is larger than any that is known; more are not looked at. */
const maxLines = 100_000;
/** Longer than any link that a browser takes (some 2,000 characters), with its words. */
const maxLineLength = 16_384;

const word = /([A-Za-z]+)=(?:"([^"]*)"|(\S*))/y;

/**
 * Reads a links file: in each line a URL, and behind it words such as `name="A Film (2020).mkv" size=4294967296 password=…
 * quality=720p buy=true`. Blank lines and lines that begin with `#` say nothing. A line without a URL is left out; of one with a word
 * that cannot be understood only that word is.
 */
export function parseLinks(text: string): LinksFile {
  const links: OwnLink[] = [];
  const problems: LineProblem[] = [];
  const lines = text.split(/\r?\n/);
  for (const [index, whole] of lines.slice(0, maxLines).entries()) {
    const content = whole.replace(/^\uFEFF/, '').trim();
    if (content === '' || content.startsWith('#')) continue;
    const report = (problem: string): void => {
      problems.push({ line: index + 1, text: problem });
    };
    const link = parseLine(content, report);
    if (link !== null) links.push(link);
  }
  if (lines.length > maxLines)
    problems.push({ line: maxLines + 1, text: `Only the first ${maxLines} lines are read.` });
  return { links, problems };
}

/** A link as a line of a file, which `parseLinks` reads as it was. */
export function linkLine(link: OwnLink): string {
  const words: readonly (readonly [string, string | null])[] = [
    ['name', link.name],
    ['size', link.size === null ? null : String(link.size)],
    ['password', link.password],
    ['quality', link.quality],
    ['buy', link.mayBuy ? 'true' : null],
    ['order', link.order === '' ? null : link.order],
  ];
  const told = words.flatMap(([key, value]) => (value === null ? [] : [`${key}=${quoted(value)}`]));
  return [link.url, ...told].join(' ');
}

function quoted(value: string): string {
  return /^[^\s"]+$/.test(value) ? value : `"${value.replaceAll('"', '')}"`;
}

function parseLine(line: string, report: (problem: string) => void): OwnLink | null {
  const [url = ''] = line.split(/\s/, 1);
  if (line.length > maxLineLength || !isWebAddress(url)) {
    report(
      'Write an http:// or https:// URL first, without a user name or control characters, at most 16,384 characters with its words.',
    );
    return null;
  }
  const words = readWords(line.slice(url.length), report);
  const sizeText = words.get('size');
  const size = sizeText === undefined ? null : bytesOf(sizeText);
  if (sizeText !== undefined && size === null)
    report('Write the exact size in bytes, such as size=4294967296.');
  const buy = words.get('buy')?.toLowerCase();
  if (buy !== undefined && buy !== 'true' && buy !== 'false') report('Write buy=true or buy=false.');
  return {
    url,
    container: null,
    name: words.get('name') ?? null,
    size,
    password: words.get('password') ?? null,
    quality: words.get('quality') ?? null,
    mayBuy: buy === 'true',
    order: words.get('order') ?? '',
  };
}

const knownWords: ReadonlySet<string> = new Set(['name', 'size', 'password', 'quality', 'buy', 'order']);

function readWords(text: string, report: (problem: string) => void): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    const space = /^\s+/.exec(text.slice(at))?.[0].length ?? 0;
    word.lastIndex = at + space;
    const found = word.exec(text);
    if (found === null) {
      if (text.slice(at).trim() !== '')
        report('Behind the URL stand words such as quality=720p; put a text with spaces into double quotes.');
      return words;
    }
    const [whole, key = '', inQuotes, plain = ''] = found;
    const name = key.toLowerCase();
    if (knownWords.has(name)) words.set(name, inQuotes ?? plain);
    else report(`There is no word "${key.slice(0, 40)}": known are name, size, password, quality and buy.`);
    at = word.lastIndex;
    if (whole === '') return words;
  }
  return words;
}

/**
 * Without a user name: it would be shown with its password wherever the link is named. Without control characters, which would
 * reach the terminal of whoever looks at it.
 */
function isWebAddress(text: string): boolean {
  if (/\p{Cc}/u.test(text)) return false;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { hostname, username, password } = new URL(text);
  return hostname !== '' && username === '' && password === '';
}

/** Plain digits are bytes here, as services tell sizes. */
function bytesOf(text: string): number | null {
  const bytes = /^\d{1,15}$/.test(text) ? Number(text) : parseSize(text);
  return bytes !== undefined && bytes > 0 ? bytes : null;
}
