/** The file in which the user says what torrents and files are, above all guessing. */
import { chownSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Document, isMap, parseDocument } from 'yaml';
import * as z from 'zod';
import { AppError, codeOf } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';
import type { TorrentKey } from '../core/torrent.js';
import type { Override, Overrides, TorrentOverrides } from '../library/overrides.js';
import * as fields from './fields.js';
import { nearest } from './nearest.js';
import { configError, printable, type Problem } from './problems.js';
import { emptyMap, originAt, scalar, type MapSetting, type SettingPath } from './setting-tree.js';
import { understand } from './understand.js';
import { readYaml } from './yaml-file.js';

const facts = {
  hide: fields.flag.optional(),
  kind: fields.oneOf('movie', 'show', 'other').optional(),
  title: fields.plainText.optional(),
  year: fields.yearOrNone.optional(),
  season: fields.seasonNumber.optional(),
  episode: fields.episodes.optional(),
};

const fileFacts = z.strictObject(facts);
const schema = z.record(
  z.string(),
  z.strictObject({ ...facts, files: z.record(z.string(), fileFacts).optional() }),
);

/** One correction of the user's, for a torrent or for a file or folder in it. */
export interface OverrideTarget {
  readonly torrent: TorrentKey;
  /** In the torrent, its root left out; null: all of it. */
  readonly path: string | null;
}

/** A fact as it is written, such as `['kind', 'movie']`; an empty text takes back what was said. */
export type OverrideFact = readonly [key: string, text: string];

/**
 * Reads the file. One that does not exist says nothing.
 * @throws {AppError} `config` with every problem found, a line each.
 */
export function readOverrides(file: string): Overrides {
  const problems: Problem[] = [];
  const root = readYaml(readText(file), file, problems);
  const told = problems.length > 0 ? undefined : understand(root, schema, suggest, problems);
  for (const key of root.keys.keys()) {
    if (isTorrentKey(key.toLowerCase())) continue;
    const text = 'Write the torrent\'s infohash here: 40 characters, as "debridfs explain" shows it.';
    problems.push({ path: [key], origin: originAt(root, [key]), text });
  }
  if (told === undefined || problems.length > 0) throw configError(problems);
  return new Map(
    Object.entries(told).map(([key, { files, ...whole }]): [TorrentKey, TorrentOverrides] => [
      key.toLowerCase(),
      {
        whole: asOverride(whole),
        paths: Object.entries(files ?? {}).map(([path, one]) => [path, asOverride(one)]),
      },
    ]),
  );
}

/**
 * Checks facts as a user gives them on a command line.
 * @throws {AppError} `config` with every problem found, a line each.
 */
export function checkFacts(given: readonly OverrideFact[]): void {
  const problems: Problem[] = [];
  const root: MapSetting = emptyMap({ kind: 'flag', name: '--set' });
  for (const [key, text] of given) {
    root.keys.set(key, root.origin);
    // Taking back needs only the key.
    const isKnown = Object.hasOwn(facts, key);
    if (text !== '' || !isKnown) root.entries.set(key, scalar(text, root.origin));
  }
  understand(root, fileFacts, suggest, problems);
  if (problems.length > 0) throw configError(problems);
}

/**
 * Writes facts into the file, which keeps its comments and whatever else it says.
 * @throws {AppError} `config` when the file cannot be understood, `storage` when it cannot be written; then it stays as it was.
 */
export function writeOverrides(
  file: string,
  targets: readonly OverrideTarget[],
  given: readonly OverrideFact[],
): void {
  readOverrides(file);
  const before = readText(file);
  const document = before.trim() === '' ? new Document({}) : parseDocument(before, { schema: 'failsafe' });
  for (const { torrent, path } of targets) {
    const entry = path === null ? [torrent] : [torrent, 'files', path];
    for (const [key, text] of given) {
      if (text === '') document.deleteIn([...entry, key]);
      else document.setIn([...entry, key], text);
    }
    for (let at = entry; at.length > 0; at = at.slice(0, -1)) {
      const node = document.getIn(at);
      if (isMap(node) && node.items.length === 0) document.deleteIn(at);
    }
  }
  try {
    makeFolder(dirname(file), 0o700);
    const mode = existsSync(file) ? statSync(file).mode : 0o600;
    writeFileSync(`${file}.new`, document.toString({ lineWidth: 0 }), { mode });
    // Root writes for a debridfs that runs as another user (mount.dropPrivileges) and must read it.
    const { uid, gid } = statSync(existsSync(file) ? file : dirname(file));
    if (process.getuid?.() === 0) chownSync(`${file}.new`, uid, gid);
    renameSync(`${file}.new`, file);
  } catch (cause) {
    const message = `${file} cannot be written (${codeOf(cause) ?? 'unknown'}). Check its permissions.`;
    throw new AppError('storage', message, { cause });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return '';
    const message = `${file} cannot be read (${codeOf(cause) ?? 'unknown'}). Check its permissions.`;
    throw new AppError('config', message, { cause });
  }
}

function asOverride({ episode, ...told }: z.output<typeof fileFacts>): Override {
  return episode === undefined ? told : { ...told, episodes: episode };
}

function isTorrentKey(key: string): boolean {
  return /^(?:[a-z]+:)?[0-9a-f]{32,64}$/.test(key);
}

function suggest(parent: SettingPath, key: string): string {
  const known = [...Object.keys(facts), ...(parent.length === 1 ? ['files'] : [])];
  const near = nearest(key, known);
  return near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${printable(near)}?`;
}
