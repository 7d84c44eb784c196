import { existsSync, readFileSync, statSync } from 'node:fs';
import { codeOf, toAppError } from '../core/errors.js';
import { complete } from './complete.js';
import type { Config } from './config.js';
import {
  checkAccounts,
  checkDrop,
  checkFolders,
  checkMount,
  checkNotify,
  checkServer,
} from './cross-checks.js';
import * as fields from './fields.js';
import { interpolate, type Environment } from './interpolate.js';
import { knownKeys, suggestKey, suggestVariable, variablePrefix } from './keys.js';
import { absoluteAt, absolutePath, standardPlaces, type Need, type Surroundings } from './places.js';
import { configError, printable, type Problem } from './problems.js';
import { emptyMap, overlay, scalar, textAt, type MapSetting, type Setting } from './setting-tree.js';
import { schema } from './schema.js';
import { readTokens, warnOfReaders } from './tokens.js';
import { understand } from './understand.js';
import { readYaml } from './yaml-file.js';

/** A flag or argument of the command line that gives a key its value. */
export interface FlagSetting {
  /** Path of the key, such as `['cache', 'maxSize']`. */
  readonly path: readonly string[];
  readonly text: string;
  /** As the user wrote it: `--vfs-cache-max-size`. */
  readonly flag: string;
}

export interface ConfigRequest {
  readonly flags: readonly FlagSetting[];
  readonly env: Environment;
  readonly cwd: string;
  readonly home: string;
  /** The caller's, and so the default owner of the mount's files. */
  readonly uid: number;
  readonly gid: number;
  /** `--config`; null for no file; else the first of the usual places that exists. */
  readonly file?: string | null | undefined;
  readonly need: Need;
}

/** Sections whose variables matter to a command that only wants to know where files are. */
const placeSections: ReadonlySet<string> = new Set(['mountpoint', 'stateDir', 'cache', 'log']);

/**
 * Reads the configuration: flag above environment above file above default. Depends on nothing but the request and the
 * files that it names.
 * @throws {AppError} `config` with every problem found, a line each.
 */
export function loadConfig(request: ConfigRequest): Config {
  const { env, cwd, home, uid, gid, need } = request;
  const problems: Problem[] = [];
  const places = standardPlaces(env, home);
  const { file, written } = readWritten(request, places.configFiles, problems);
  if (problems.length > 0) throw configError(problems);

  overlayEnvironment(written, env, fileVariables(written), problems);
  overlayFlags(written, request);
  const root = interpolate(written, env, need === 'places' ? placeSections : null, problems);
  const around: Surroundings = { cwd, home, uid, gid, places, file, need };
  const warnings: string[] = [];
  const settings = understand(root, schema, suggestKey, problems);
  checkAccounts(root, problems);
  checkNotify(root, problems);
  checkServer(root, problems);
  checkFolders(root, problems);
  if (need === 'mount') checkMount(root, around, problems);
  if (need !== 'places') checkDrop(root, around, problems);
  const tokens = readTokens(root, around, problems, warnings);
  if (settings === undefined || problems.length > 0) throw configError(problems.map(withRuleName(root)));
  warnings.push(...warnOfReaders(file, root));
  return complete(settings, root, around, tokens, warnings);
}

/** Where a running process is found. */
export interface FoundPlaces {
  readonly stateDir: string;
  /** Null where it is not told, or not understood. */
  readonly mountpoint: string | null;
  /** What is wrong with the configuration, on one line; null: nothing is. */
  readonly trouble: string | null;
  /** False where the state folder is the usual one for want of a better, though another may have been meant. */
  readonly isSure: boolean;
}

/**
 * Where a running process is found, also by a configuration that is wrong.
 * @throws {AppError} `config` where a flag is wrong.
 */
export function findPlaces(asked: Omit<ConfigRequest, 'need'>): FoundPlaces {
  const request: ConfigRequest = { ...asked, need: 'places' };
  try {
    const { stateDir, mountpoint } = loadConfig(request);
    return { stateDir, mountpoint, trouble: null, isSure: true };
  } catch (thrown) {
    const trouble = toAppError(thrown).message.replace(/\n\s*/g, ' ');
    const env = Object.entries(request.env).filter(([name]) => !name.startsWith(variablePrefix));
    // What is wrong on the command line is corrected there and then.
    const usual = loadConfig({ ...request, env: Object.fromEntries(env), file: null });
    return { ...placesAlone(request, usual.stateDir), trouble };
  }
}

/** The two places, whatever else there is. */
function placesAlone(request: ConfigRequest, usual: string): Omit<FoundPlaces, 'trouble'> {
  const problems: Problem[] = [];
  const { written } = readWritten(request, standardPlaces(request.env, request.home).configFiles, problems);
  const isRead = problems.length === 0;
  const hasSlip = [...written.keys.keys()].some(
    (key) => key !== 'stateDir' && suggestKey([], key) === 'Did you mean stateDir?',
  );
  overlayEnvironment(written, request.env, new Set(), []);
  overlayFlags(written, request);
  const root = interpolate(written, request.env, placeSections, []);
  const placeAt = (key: string): string | null => {
    const setting = root.entries.get(key);
    if (setting?.kind !== 'scalar' || setting.broken) return null;
    const path = fields.path.safeParse(setting.text).data;
    return path === undefined ? null : absoluteAt(root, [key], path, request);
  };
  const stateDir = placeAt('stateDir');
  return {
    stateDir: stateDir ?? usual,
    mountpoint: placeAt('mountpoint'),
    isSure: stateDir !== null || (isRead && !hasSlip && !root.keys.has('stateDir')),
  };
}

/** A problem of a folder's rule names the folder, because people do not count their rules. */
function withRuleName(root: MapSetting): (problem: Problem) => Problem {
  return (problem) => {
    const [list, index] = problem.path;
    const name = list === 'folders' ? textAt(root, [list, index ?? '', 'name']) : undefined;
    return name === undefined
      ? problem
      : { ...problem, text: `In the rule of "${printable(name)}": ${problem.text}` };
  };
}

/** What the file says; nothing where there is none. */
function readWritten(
  request: ConfigRequest,
  usual: readonly string[],
  problems: Problem[],
): { readonly file: string | null; readonly written: MapSetting } {
  const file = findFile(request, usual, problems);
  return {
    file,
    written: file === null ? emptyMap({ kind: 'flag', name: 'command line' }) : readFile(file, problems),
  };
}

function overlayFlags(written: MapSetting, { flags }: ConfigRequest): void {
  for (const { path, text, flag } of flags)
    overlay(written, path, scalar(text, { kind: 'flag', name: flag }));
}

function findFile(
  { file, env, cwd, home }: ConfigRequest,
  usual: readonly string[],
  problems: Problem[],
): string | null {
  if (file === null) return null;
  const named = file ?? (env['DEBRIDFS_CONFIG'] === '' ? undefined : env['DEBRIDFS_CONFIG']);
  if (named === undefined) return usual.find((path) => existsSync(path)) ?? null;
  const path = absolutePath(named, cwd, home);
  if (existsSync(path)) return path;
  const origin =
    file === undefined
      ? ({ kind: 'environment', name: 'DEBRIDFS_CONFIG' } as const)
      : ({ kind: 'flag', name: '--config' } as const);
  problems.push({ path: [], origin, text: `${path} does not exist. Correct the path, or create the file.` });
  return null;
}

function readFile(file: string, problems: Problem[]): MapSetting {
  const origin = { kind: 'file', file, line: 1 } as const;
  try {
    if (statSync(file).isFile()) return readYaml(readFileSync(file, 'utf8'), file, problems);
    problems.push({ path: [], origin, text: 'This is no file.' });
  } catch (error) {
    const code = codeOf(error) ?? 'unknown';
    problems.push({ path: [], origin, text: `The file cannot be read (${code}). Check its permissions.` });
  }
  return emptyMap(origin);
}

function overlayEnvironment(
  root: MapSetting,
  env: Environment,
  mentioned: ReadonlySet<string>,
  problems: Problem[],
): void {
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(variablePrefix) || name === 'DEBRIDFS_CONFIG' || text === undefined || text === '')
      continue;
    const origin = { kind: 'environment', name } as const;
    const key = knownKeys.find(({ variable }) => variable === name);
    if (key === undefined) {
      // Only what looks like a slip is one: container systems set variables of this prefix on their own.
      const guess = mentioned.has(name) ? undefined : suggestVariable(name);
      if (guess !== undefined) problems.push({ path: [], origin, text: `Unknown variable. ${guess}` });
    } else if (key.single) {
      overlay(root, key.path, scalar(text, origin));
    } else {
      problems.push({
        path: key.path,
        origin,
        text: 'A list cannot come from the environment. Write it in the file.',
      });
    }
  }
}

/** The variables that the file asks for by name. */
function fileVariables(root: MapSetting): ReadonlySet<string> {
  const names = new Set<string>();
  const open: Setting[] = [root];
  for (let setting = open.pop(); setting !== undefined; setting = open.pop()) {
    if (setting.kind === 'map') open.push(...setting.entries.values());
    else if (setting.kind === 'list') open.push(...setting.items);
    else for (const [, name] of setting.text.matchAll(/\$\{(\w+)\}/g)) names.add(name ?? '');
  }
  return names;
}
