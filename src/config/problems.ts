import { AppError } from '../core/errors.js';
import { formatPath, type Origin, type SettingPath } from './setting-tree.js';

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** Empty for the file as a whole. */
  readonly path: SettingPath;
  /** Null where nothing was written at all. */
  readonly origin: Origin | null;
  /** What is wrong and what to do about it, as sentences. Never holds a secret. */
  readonly text: string;
}

export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'environment':
      return `environment variable ${origin.name}`;
    case 'flag':
      return origin.name;
  }
}

/**
 * All problems as the one error that ends a command with exit code 2, a line each.
 * @param what has them, as the beginning of a sentence.
 */
export function configError(problems: readonly Problem[], what = 'The configuration has'): AppError {
  const lines = problems.map(({ path, origin, text }) => {
    const place = origin === null ? [] : [describeOrigin(origin)];
    const key = path.length === 0 ? [] : [printable(formatPath(path))];
    return `  ${[...key, ...place].join(' at ')}: ${text}`;
  });
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new AppError('config', [`${what} ${count}:`, ...lines].join('\n'));
}

/** A key as it can be shown on one line of a terminal. */
export function printable(text: string): string {
  const clean = text.replace(/\p{C}/gu, '?');
  return clean.length > 80 ? `${clean.slice(0, 79)}…` : clean;
}

/** Long, and of letters and digits, as no key and no word of ours is. */
const tokenLike = /(?=[-\w+=~]*\d)(?=[-\w+=~]*[a-z])[-\w+=~]{12,}/gi;

/** The same of what may hold a token that was written in the wrong place, because its own key was forgotten. */
export function withoutTokens(text: string): string {
  return printable(text).replace(tokenLike, '…');
}
