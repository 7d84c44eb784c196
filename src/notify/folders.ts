/** Folders as texts, whichever machine they are on. */
import { withoutLogin } from './address.js';

/** Whether a folder is one of Windows, where only `\` divides its names: `D:\Media`, `\\nas\media`. */
export function isOnWindows(folder: string): boolean {
  return folder.includes('\\') && !folder.includes('/');
}

export function withoutSlash(folder: string): string {
  return folder.replace(isOnWindows(folder) ? /\\+$/ : /\/+$/, '');
}

export function withSlash(folder: string): string {
  return `${withoutSlash(folder)}${isOnWindows(folder) ? '\\' : '/'}`;
}

/** Whether a path is a folder or lies in it. Neither has a slash at its end. */
export function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${isOnWindows(path) ? '\\' : '/'}`);
}

/** What a media server has in its libraries of the folders that it is told of. */
export interface Coverage {
  readonly whole: readonly string[];
  /** Folders of which it has some folder in it. */
  readonly parts: readonly string[];
  readonly missing: readonly string[];
}

/** @param libraries the folders of its libraries. */
export function coverage(told: readonly string[], libraries: readonly string[]): Coverage {
  const has = libraries.map(comparable);
  const found = { whole: new Array<string>(), parts: new Array<string>(), missing: new Array<string>() };
  for (const folder of told) {
    const plain = comparable(folder);
    if (has.some((library) => isIn(plain, library))) found.whole.push(folder);
    else if (has.some((library) => isIn(library, plain))) found.parts.push(folder);
    else found.missing.push(folder);
  }
  return found;
}

function comparable(folder: string): string {
  return withoutSlash(withoutLogin(folder));
}
