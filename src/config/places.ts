import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Environment } from './interpolate.js';
import { originAt, type MapSetting, type SettingPath } from './setting-tree.js';

/**
 * What the command needs: `mount` everything, `accounts` what to ask services, `login` the same without tokens, `places` only where
 * files are.
 */
export type Need = 'mount' | 'accounts' | 'login' | 'places';

/** Who asks, and from where. */
export interface Surroundings {
  readonly cwd: string;
  readonly home: string;
  readonly uid: number;
  readonly gid: number;
  readonly places: Places;
  /** The configuration's file, or null. */
  readonly file: string | null;
  readonly need: Need;
}

/** Where files belong that nobody named. */
export interface Places {
  readonly stateDir: string;
  readonly cacheDir: string;
  /** Where a configuration is looked for, in this order. */
  readonly configFiles: readonly string[];
}

/** XDG Base Directory Specification 0.8: a variable that is not an absolute path is ignored. */
export function standardPlaces(env: Environment, home: string): Places {
  const base = (name: string, fallback: string): string => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? value : join(home, fallback);
  };
  return {
    stateDir: join(base('XDG_STATE_HOME', '.local/state'), 'debridfs'),
    cacheDir: join(base('XDG_CACHE_HOME', '.cache'), 'debridfs'),
    configFiles: [
      join(base('XDG_CONFIG_HOME', '.config'), 'debridfs/config.yaml'),
      '/etc/debridfs/config.yaml',
      '/config/config.yaml',
    ],
  };
}

/** A path from the configuration: `~/` is the home folder, a relative one starts at `base`. */
export function absolutePath(path: string, base: string, home: string): string {
  if (path === '~' || path.startsWith('~/')) return join(home, path.slice(1));
  return resolve(base, path);
}

/** A path as absolute as the place where it is written makes it: in the file, it starts at the file's folder. */
export function absoluteAt(
  root: MapSetting,
  path: SettingPath,
  text: string,
  around: Pick<Surroundings, 'cwd' | 'home'>,
): string {
  const origin = originAt(root, path);
  return absolutePath(text, origin.kind === 'file' ? dirname(origin.file) : around.cwd, around.home);
}
