import type { Config, NotifyConfig } from '../../config/config.js';
import { printable } from '../../config/problems.js';
import { withoutLogin } from '../../notify/address.js';
import { coverage } from '../../notify/folders.js';
import { toldFolders, type ToldFolders } from '../../notify/path-map.js';
import { readRunFile } from '../../server/run-file.js';
import { fail, ok, warn, type Finding } from './check.js';

/** What a target is told of; null where nobody knows where the mount is. */
export type Told = (ToldFolders & { readonly mountpoint: string }) | null;

/** Longer lists of folders are cut off. */
const mostNamed = 6;

/** What programs call that in which they look for films. */
const libraries: Readonly<Partial<Record<NotifyConfig['kind'], string>>> = { kodi: 'video sources' };

/** What a target is told of with its `pathMap`: the folders in which people look for films and shows, and those that it names itself. */
export function toldOf(
  { pathMap }: NotifyConfig,
  { mountpoint, stateDir, tree, folders }: Pick<Config, 'mountpoint' | 'stateDir' | 'tree' | 'folders'>,
): Told {
  const where = mountpoint ?? readRunFile(stateDir)?.mountpoint;
  if (where === undefined) return null;
  const anime = tree.anime === 'separate' ? ['anime'] : [];
  const wanted = ['movies', 'shows', ...anime, ...new Set(folders.map(({ name }) => name))];
  return { ...toldFolders(where, pathMap, wanted, ['other', 'all', 'accounts']), mountpoint: where };
}

/** A `pathMap` that names what is not there; null: it does not. */
export function judgeMap(told: Told): Finding | null {
  if (told === null || told.unknown.length === 0) return null;
  const found = `\`pathMap\` names ${listed(told.unknown)}, of which the mount at ${told.mountpoint} has nothing`;
  const remedy = `Correct that: on the left are folders of the mount, such as ${told.mountpoint} or ${told.mountpoint}/movies.`;
  return told.told.length === 0 ? fail(`is told nothing: ${found}`, remedy) : warn(found, remedy);
}

/** @param folders those of its libraries. */
export function judgeLibraries(kind: NotifyConfig['kind'], folders: readonly string[], told: Told): Finding {
  const them = libraries[kind] ?? 'libraries';
  if (folders.length === 0) {
    const owner = kind === 'plex' ? ', or give the token of the owner of the server' : '';
    return fail(`works, but names no folder of its ${them}`, `Add the folders of the mount there${owner}.`);
  }
  if (told === null)
    return ok(`works; whether its ${them} have the mount is not known, as no mountpoint is configured`);
  const { whole, parts, missing } = coverage(told.told, folders);
  const has = [...whole.map(shown), ...parts.map((folder) => `parts of ${shown(folder)}`)];
  if (missing.length === 0) return ok(`works; its ${them} have ${listed(has)}`);
  const theirs = `its ${them} are at ${listed(folders)}`;
  const map = `correct \`pathMap\`, which says how it sees ${told.mountpoint}`;
  if (has.length === 0)
    return fail(
      `scans nothing: it is told of ${listed(missing)}, but ${theirs}`,
      `Add ${missing.length === 1 ? 'that folder' : 'those folders'} to its ${them}, or ${map}.`,
    );
  return warn(
    `its ${them} have ${listed(has)}, but not ${listed(missing)}: ${theirs}`,
    `Add what is missing to its ${them}, or ${map}; it may also name only what is there.`,
  );
}

function listed(folders: readonly string[]): string {
  const named = folders.slice(0, mostNamed).map(shown);
  const more = folders.length - named.length;
  return `${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

function shown(folder: string): string {
  return folder === '' ? '/' : printable(withoutLogin(folder));
}
