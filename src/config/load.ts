import { existsSync, readFileSync, statSync } from 'node:fs';
import { codeOf } from '../core/errors.js';
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
import { interpolate, type Environment } from './interpolate.js';
import { knownKeys, suggestKey, suggestVariable, variablePrefix } from './keys.js';
import { absolutePath, standardPlaces, type Need, type Surroundings } from './places.js';
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
  const file = findFile(request, places.configFiles, problems);
  const written = file === null ? emptyMap({ kind: 'flag', name: 'command line' }) : readFile(file, problems);
  if (problems.length > 0) throw configError(problems);

  overlayEnvironment(written, env, fileVariables(written), problems);
  for (const { path, text, flag } of request.flags)
    overlay(written, path, scalar(text, { kind: 'flag', name: flag }));
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
