import { readFileSync } from 'node:fs';
import { AppError, codeOf } from '../core/errors.js';
import type { OwnLink } from '../core/own-links.js';
import { linkLine, parseLinks } from './links-file.js';
import { replaceFile } from './replace-file.js';

/**
 * Writes a link into a links file, in place of what it said of the same URL; all other lines stay.
 * @param merge makes the line from what was said before; null where nothing was.
 * @throws {AppError} `storage` when the file cannot be read or written.
 */
export function keepLink(file: string, url: string, merge: (before: OwnLink | null) => OwnLink): OwnLink {
  const lines = readText(file)
    .split(/\r?\n/)
    .filter((line, index, all) => line !== '' || index < all.length - 1);
  const isOfUrl = (line: string): boolean => line.trim().split(/\s/, 1)[0] === url;
  const before = parseLinks(lines.find(isOfUrl) ?? '').links[0] ?? null;
  const link = merge(before);
  const others = lines.filter((line) => !isOfUrl(line));
  replaceFile(file, `${[...others, linkLine(link)].join('\n')}\n`);
  return link;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return '';
    throw new AppError('storage', `${file} cannot be read (${codeOf(cause) ?? 'unknown'}).`, { cause });
  }
}
