import { statSync } from 'node:fs';
import { join } from 'node:path';
import { apiUrl, secretUrl } from '../config/fields.js';
import { absolutePath, standardPlaces } from '../config/places.js';
import type { ServiceName } from '../core/account.js';
import { AppError, toAppError } from '../core/errors.js';
import type { CliDependencies } from './dependencies.js';
import type { ChosenServer, FirstAnswers } from './first-configuration.js';
import { readKey } from './read-key.js';

/** Asks, and throws where the user gives it up. */
export type Ask = (question: string) => Promise<string>;

/** By the numbers that they are asked with. */
const services: readonly { readonly name: string; readonly service: ServiceName; readonly title: string }[] =
  [
    { name: 'rd', service: 'real-debrid', title: 'Real-Debrid' },
    { name: 'ad', service: 'alldebrid', title: 'AllDebrid' },
    { name: 'tb', service: 'torbox', title: 'TorBox' },
    { name: 'portal', service: 'storage-portal', title: 'a storage portal' },
  ];

const ports: Readonly<Record<ChosenServer['kind'], number>> = {
  plex: 32400,
  jellyfin: 8096,
  emby: 8096,
  kodi: 8080,
};

/**
 * Asks what a first configuration needs.
 * @param file where it is to be written. @throws {AppError} what `ask` throws.
 */
export async function firstAnswers(
  ask: Ask,
  file: string,
  dependencies: CliDependencies,
): Promise<FirstAnswers> {
  const { stdout, cwd, home, env, uid } = dependencies;
  for (const [at, { title }] of services.entries()) stdout.write(`  ${at + 1}  ${title}\n`);
  const chosen = await answer(ask, 'Which do you have? (numbers, such as 1,3)', null, numbersOf);
  const accounts: FirstAnswers['accounts'][number][] = [];
  for (const { name, service } of chosen) {
    const isPortal = service === 'storage-portal';
    const address = isPortal ? await answer(ask, "The portal's address", null, portalAddress) : null;
    accounts.push({ name, service, apiUrl: address });
  }
  const usual = uid === 0 ? '/mnt/debrid' : join(home, 'debrid');
  const folders = uid === 0 ? { stateDir: '/var/lib/debridfs', cacheDir: '/var/cache/debridfs' } : null;
  const { stateDir } = folders ?? standardPlaces(env, home);
  const mountpoint = await answer(ask, 'Where is the tree to appear?', usual, (text) => {
    const path = absolutePath(text, cwd, home);
    requireFolder(path);
    for (const covered of [file, stateDir])
      if (path === '/' || covered.startsWith(`${path}/`))
        throw new AppError('invalid', `A mount at ${path} would cover ${covered}.`);
    return path;
  });
  const server = await serverOf(ask, dependencies);
  const allowOther =
    uid === 0 || (server !== null && (await agreed(ask, 'Does the media server run as another user?', true)));
  return { accounts, mountpoint, folders, allowOther, server };
}

async function serverOf(ask: Ask, { stdin, stdout }: CliDependencies): Promise<ChosenServer | null> {
  const kind = await answer(
    ask,
    'Which media server is to be told what is new? (plex, jellyfin, emby, kodi, none)',
    'none',
    kindOf,
  );
  if (kind === 'none') return null;
  const url = await answer(ask, 'Its address', `http://localhost:${ports[kind]}`, serverAddress);
  if (kind === 'kodi') return { kind, url, token: null };
  const prompt = `Its ${kind === 'plex' ? 'token (X-Plex-Token)' : 'API key'} (it is not shown): `;
  for (;;) {
    const input = stdin();
    try {
      return { kind, url, token: await readKey(input, stdout, prompt, new AbortController().signal) };
    } catch (thrown) {
      const error = toAppError(thrown);
      // A file that has come to its end gives no other key.
      if (error.code === 'invalid' && input.isTTY === true) continue;
      throw new AppError(error.code, 'It was given up, and nothing was written.');
    }
  }
}

/** @throws {AppError} `invalid` where nothing can be mounted. */
function requireFolder(path: string): void {
  let isFolder = true;
  try {
    isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true;
  } catch {
    // What cannot be looked at, such as a dead mount, is for the mount to say.
  }
  if (!isFolder) throw new AppError('invalid', `${path} is no folder.`);
}

/** @throws {AppError} `aborted` with these words where the user gives it up. */
export function orGiveUp(ask: NonNullable<CliDependencies['ask']>, words: string): Ask {
  return async (question) => {
    const typed = await ask(question);
    if (typed === null) throw new AppError('aborted', words);
    return typed;
  };
}

/** Whether the answer is yes. @param usual what an empty answer means. */
export async function agreed(ask: Ask, question: string, usual: boolean): Promise<boolean> {
  const text = (await ask(`${question} ${usual ? '[Y/n]' : '[y/N]'} `)).trim().toLowerCase();
  return text === '' ? usual : /^y(?:es)?$/.test(text);
}

/**
 * An answer that can be understood; it is asked for again where it cannot.
 * @param usual taken where nothing is typed; null: then it is asked again.
 * @param understand undefined for what cannot be understood; throws `invalid` with a sentence that says why not.
 */
async function answer<Value>(
  ask: Ask,
  question: string,
  usual: string | null,
  understand: (text: string) => Value | undefined,
): Promise<Value> {
  for (let hint = ''; ;) {
    const typed = (await ask(`${hint}${question}${usual === null ? '' : ` [${usual}]`}: `)).trim();
    const text = typed === '' ? (usual ?? '') : typed;
    hint = text === '' ? '' : `"${text}" is not understood. `;
    try {
      const value = understand(text);
      if (value !== undefined) return value;
    } catch (thrown) {
      hint = `${toAppError(thrown).message} `;
    }
  }
}

function numbersOf(text: string): (typeof services)[number][] | undefined {
  const numbers = new Set(text.split(/[\s,]+/).filter((word) => word !== ''));
  const chosen = [...numbers].map((word) => (/^\d$/.test(word) ? services[Number(word) - 1] : undefined));
  return chosen.length > 0 && chosen.every((each) => each !== undefined) ? chosen : undefined;
}

/** As the configuration takes it. */
function portalAddress(text: string): string | undefined {
  return apiUrl.safeParse(text).success ? text : undefined;
}

function serverAddress(text: string): string | undefined {
  return secretUrl.safeParse(text).success ? text : undefined;
}

function kindOf(text: string): ChosenServer['kind'] | 'none' | undefined {
  const kind = text.toLowerCase();
  return kind === 'none' || kind === 'plex' || kind === 'jellyfin' || kind === 'emby' || kind === 'kodi'
    ? kind
    : undefined;
}
