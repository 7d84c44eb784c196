import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat as look } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../core/errors.js';
import { absoluteAt, type Surroundings } from './places.js';
import type { Problem } from './problems.js';
import { Secret } from './secret.js';
import { originAt, settingAt, textAt, type MapSetting, type Setting } from './setting-tree.js';

/** No service's token is longer; a larger file is something else. */
const maxTokenBytes = 16 * 1024;

/** Where an account's secret is looked for that the configuration does not tell. */
export function secretFile(stateDir: string, account: string): string {
  return join(stateDir, 'secrets', account);
}

/** Where an account's token is kept outside of the configuration, and what was there. */
export interface KeptToken {
  readonly file: string;
  /** Null where the file is not there. */
  readonly token: Secret | null;
}

/**
 * The tokens that are not written in the configuration itself, in the order of the accounts: from `tokenFile`, else
 * from the account's secret file. Null where the token is written, or not needed. An account that has none yet is no error: the
 * others are served, and it is once the user has logged in.
 */
export function readTokens(
  root: MapSetting,
  around: Surroundings,
  problems: Problem[],
  warnings: string[],
): (KeptToken | null)[] {
  const accounts = root.entries.get('accounts');
  if (accounts?.kind !== 'list' || around.need === 'places') return [];
  const written = textAt(root, ['stateDir']);
  const stateDir =
    written === undefined ? around.places.stateDir : absoluteAt(root, ['stateDir'], written, around);
  return accounts.items.map((account, index) => {
    const name = textAt(account, ['name']);
    if (name === undefined || !/^[a-z0-9-]+$/.test(name)) return null;
    if (settingAt(account, ['token']) !== undefined) return null;
    const path = ['accounts', index, 'tokenFile'];
    const named = textAt(root, path);
    const file = named === undefined ? secretFile(stateDir, name) : absoluteAt(root, path, named, around);
    if (around.need === 'login') return { file, token: null };
    const result = readTokenFile(file);
    if (result.token !== null) {
      if (result.everybodyReads) warnings.push(`Everybody can read ${file}: chmod 600 ${file}`);
      return { file, token: result.token };
    }
    if (named !== undefined) {
      const text = `${result.why} Put the token there, or correct the path.`;
      problems.push({ path, origin: originAt(root, path), text });
    } else if (around.need === 'mount') {
      const why = result.missing ? '' : ` (${result.why.replace(/\.$/, '')})`;
      warnings.push(`Account ${name} has no token${why}: run \`debridfs login ${name}\`.`);
    }
    return { file, token: null };
  });
}

/** Keys whose value is a secret, or may hold one. */
const secretKeys: ReadonlySet<string> = new Set(['token', 'password', 'apiKey', 'proxy']);

/** A warning where a configuration file holds secrets and others than its owner can read it. */
export function warnOfReaders(file: string | null, root: MapSetting): string[] {
  if (file === null || !holdsSecret(root)) return [];
  return (statSync(file).mode & 0o044) === 0
    ? []
    : [`Others can read ${file}, which holds secrets: chmod 600 ${file}`];
}

/** Whether a secret is written in the file itself, not by the name of a variable. */
function holdsSecret(setting: Setting): boolean {
  if (setting.kind === 'list') return setting.items.some(holdsSecret);
  if (setting.kind === 'scalar') return false;
  return [...setting.entries].some(([key, child]) => {
    if (child.kind !== 'scalar') return holdsSecret(child);
    return secretKeys.has(key) && child.origin.kind === 'file' && child.showable;
  });
}

type TokenResult =
  | { readonly token: Secret; readonly everybodyReads: boolean }
  | {
      readonly token: null;
      readonly missing: boolean;
      /** Whether it is there, and for others. */
      readonly denied: boolean;
      readonly why: string;
    };

const useless = { token: null, missing: false, denied: false } as const;

/** Reads a token from a file, without the blank space around it. */
function readTokenFile(file: string): TokenResult {
  try {
    const stat = statSync(file);
    return isTokenFile(stat) ? understood(file, stat, readFileSync(file, 'utf8')) : noTokenFile(file);
  } catch (error) {
    return unreadable(file, error);
  }
}

/** The same while others are served: on a file system that does not answer, it holds up nobody else. */
export async function readTokenLater(file: string): Promise<TokenResult> {
  try {
    const stat = await look(file);
    return isTokenFile(stat) ? understood(file, stat, await readFile(file, 'utf8')) : noTokenFile(file);
  } catch (error) {
    return unreadable(file, error);
  }
}

function isTokenFile(stat: Stats): boolean {
  return stat.isFile() && stat.size <= maxTokenBytes;
}

function noTokenFile(file: string): TokenResult {
  return { ...useless, why: `${file} is no file that holds a token.` };
}

function unreadable(file: string, error: unknown): TokenResult {
  const code = codeOf(error) ?? 'unknown';
  const missing = code === 'ENOENT';
  return {
    token: null,
    missing,
    denied: code === 'EACCES' || code === 'EPERM',
    why: missing ? `${file} does not exist.` : `${file} cannot be read (${code}).`,
  };
}

function understood(file: string, { mode }: Stats, content: string): TokenResult {
  const text = content.trim();
  if (text === '') return { ...useless, why: `${file} is empty.` };
  if (/\p{Cc}/u.test(text)) return { ...useless, why: `${file} holds more than one line.` };
  return { token: new Secret(text), everybodyReads: (mode & 0o004) !== 0 };
}
