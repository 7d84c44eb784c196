/** The file in which the user says what torrents and files are, above all guessing. */
import { readFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument, type Document } from 'yaml';
import * as z from 'zod';
import { AppError, codeOf } from '../core/errors.js';
import type { TorrentKey } from '../core/torrent.js';
import type { Override, Overrides, TorrentOverrides } from '../library/overrides.js';
import * as fields from './fields.js';
import { nearest } from './nearest.js';
import { configError, printable, type Problem } from './problems.js';
import { emptyMap, originAt, scalar, type MapSetting, type SettingPath } from './setting-tree.js';
import { replaceFile } from '../core/replace-file.js';
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
  z.strictObject({ ...facts, files: z.record(z.string(), fileFacts.optional()).optional() }).optional(),
);

const exampleLine = `${'0123456789'.repeat(4)}: { title: The Right One }`;

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
  const root = readYaml(readText(file), file, problems, exampleLine);
  const told = problems.length > 0 ? undefined : understand(root, schema, suggest, problems);
  const seen = new Set<string>();
  for (const key of root.keys.keys()) {
    const report = (text: string): void => {
      problems.push({ path: [key], origin: originAt(root, [key]), text });
    };
    if (!isTorrentKey(key.toLowerCase())) {
      report(
        'Write the torrent here as "debridfs explain" shows it: 40 characters, or usenet: or web: and 32.',
      );
    } else if (seen.has(key.toLowerCase())) report('This torrent has another entry. Make them one.');
    seen.add(key.toLowerCase());
  }
  if (told === undefined || problems.length > 0) throw configError(problems, 'The overrides have');
  return new Map(
    Object.entries(told).map(([key, { files, ...whole } = {}]): [TorrentKey, TorrentOverrides] => [
      key.toLowerCase(),
      {
        whole: asOverride(whole),
        paths: Object.entries(files ?? {}).map(([path, one = {}]) => [path, asOverride(one)]),
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
  if (problems.length > 0) throw configError(problems, 'The facts have');
}

/**
 * Writes facts into the file, which keeps its comments and whatever else it says.
 * @throws {AppError} `config` when the file cannot be understood, or says nothing of what is to be taken back; `storage` when
 * it cannot be written. Then it stays as it was.
 */
export function writeOverrides(
  file: string,
  targets: readonly OverrideTarget[],
  given: readonly OverrideFact[],
): void {
  readOverrides(file);
  const before = readText(file);
  const document: Document = parseDocument(before, { schema: 'failsafe' });
  if (!isMap(document.contents)) document.contents = document.createNode({});
  // An empty map is written as {}, and all that came into it later would stand on its line.
  if (isMap(document.contents)) document.contents.flow = false;
  for (const { torrent, path } of targets) {
    const entry = path === null ? [keyIn(document, torrent)] : [keyIn(document, torrent), 'files', path];
    for (const [key, text] of given) {
      const isThere = entry.every((_, depth) => isMap(document.getIn(entry.slice(0, depth + 1))));
      if (text !== '') {
        makeMaps(document, entry);
        document.setIn([...entry, key], text);
      } else if (isThere && document.hasIn([...entry, key])) document.deleteIn([...entry, key]);
      else throw nothingToTakeBack(file, torrent, path, key);
    }
    for (let at = entry; at.length > 0; at = at.slice(0, -1)) {
      const node = document.getIn(at);
      if (isMap(node) && node.items.length === 0) document.deleteIn(at);
    }
  }
  const isEmpty = isMap(document.contents) && document.contents.items.length === 0;
  replaceFile(file, isEmpty ? '' : document.toString({ lineWidth: 0 }));
}

/** Makes the maps of a path where there are none yet, also where a key stands without anything. */
function makeMaps(document: Document, path: readonly string[]): void {
  for (const [depth] of path.entries()) {
    const at = path.slice(0, depth + 1);
    if (!isMap(document.getIn(at))) document.setIn(at, document.createNode({}));
  }
}

/** A torrent's key as the file spells it: in either case. */
function keyIn(document: Document, torrent: TorrentKey): string {
  const items = isMap(document.contents) ? document.contents.items : [];
  const keys = items.map(({ key }) => (isScalar(key) ? String(key.value) : ''));
  return keys.find((key) => key.toLowerCase() === torrent) ?? torrent;
}

function nothingToTakeBack(file: string, torrent: TorrentKey, path: string | null, key: string): AppError {
  const what = path === null ? 'the torrent as a whole' : `"${printable(path)}"`;
  return new AppError(
    'config',
    `No ${printable(key)} is said of ${what}: see the entry of ${torrent} in ${file}, where it may be said of the torrent, a folder or a file.`,
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return '';
    const code = codeOf(cause) ?? 'unknown';
    const remedy = code === 'EISDIR' ? 'It is a folder: name a file.' : 'Check its permissions.';
    throw new AppError('config', `${file} cannot be read (${code}). ${remedy}`, { cause });
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
