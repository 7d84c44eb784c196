import { readFileSync } from 'node:fs';
import { AppError, codeOf } from '../core/errors.js';
import type { OwnLink } from '../core/own-links.js';
import { whileLocked } from '../store/file-lock.js';
import { linkLine, parseLinks } from './links-file.js';
import { replaceFile } from '../core/replace-file.js';

/**
 * Writes a link into a links file, in place of what it said of the same URL; all other lines stay, also those that other
 * processes write meanwhile.
 * @param merge makes the line from what was said before; null where nothing was.
 * @throws {AppError} `storage` when the file cannot be read or written.
 */
export function keepLink(file: string, url: string, merge: (before: OwnLink | null) => OwnLink): OwnLink {
  return whileLocked(file, () => {
    const lines = linesOf(file);
    const before = parseLinks(lines.find(isOf(url)) ?? '').links[0] ?? null;
    const link = merge(before);
    write(file, [...lines.filter((line) => !isOf(url)(line)), linkLine(link)]);
    return link;
  });
}

/**
 * Takes the lines of a URL out of a links file.
 * @returns how many they were.
 * @throws {AppError} `storage` when the file cannot be read or written.
 */
export function dropLink(file: string, url: string): number {
  return whileLocked(file, () => {
    const lines = linesOf(file);
    const others = lines.filter((line) => !isOf(url)(line));
    if (others.length < lines.length) write(file, others);
    return lines.length - others.length;
  });
}

/** Whether a line says something of a URL. */
function isOf(url: string): (line: string) => boolean {
  return (line) =>
    line
      .replace(/^\uFEFF/, '')
      .trim()
      .split(/\s/, 1)[0] === url;
}

function linesOf(file: string): string[] {
  return readText(file)
    .split(/\r?\n/)
    .filter((line, index, all) => line !== '' || index < all.length - 1);
}

function write(file: string, lines: readonly string[]): void {
  replaceFile(file, lines.length === 0 ? '' : `${lines.join('\n')}\n`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return '';
    throw new AppError('storage', `${file} cannot be read (${codeOf(cause) ?? 'unknown'}).`, { cause });
  }
}
