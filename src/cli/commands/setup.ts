import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { absolutePath, standardPlaces } from '../../config/places.js';
import { replaceFile } from '../../core/replace-file.js';
import type { AccountConfig } from '../../config/config.js';
import type { ServiceName } from '../../core/account.js';
import { AppError } from '../../core/errors.js';
import { configFor, type CommandSetup } from '../command.js';
import type { CliDependencies } from '../dependencies.js';
import { firstConfiguration, type ChosenServer, type FirstAnswers } from '../first-configuration.js';
import { quoteForShell } from '../format.js';
import { readKey } from '../read-key.js';
import { runMount } from '../run-mount.js';
import { logIn } from './login.js';

/** Asks, and throws where the user gives it up. */
type Ask = (question: string) => Promise<string>;

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

/** `debridfs setup`: asks what a first configuration needs, writes it, and logs in. */
export function addSetup(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('setup')
    .description('write a first configuration, log in, and start')
    .action(
      setup.run(async () => {
        const { ask, stdout, uid } = dependencies;
        if (ask === null)
          throw new AppError(
            'config',
            'It asks what to write, so it needs a terminal. The README says what to write by hand.',
          );
        const file = fileToWrite(setup);
        const first = orGiveUp(ask, 'It was given up, and nothing was written.');
        if (existsSync(file) && !(await agreed(first, `${file} is there already. Replace it?`, false)))
          return 1;
        const text = firstConfiguration(await answersOf(first, dependencies));
        replaceFile(file, text, { mode: 0o600 });
        stdout.write(`written to ${file}\n`);
        program.setOptionValue('config', file);
        const { accounts } = configFor(setup, 'login');
        const then = orGiveUp(ask, `It was given up. ${file} is written; what is left: login, and mount.`);
        let loggedIn = 0;
        for (const account of accounts)
          if (await agreed(then, `Log in to ${account.name} now?`, true))
            loggedIn += (await isLoggedIn(account, dependencies)) ? 1 : 0;
        stdout.write(await nextStep(dependencies, uid === 0, file));
        if (loggedIn === 0 || !(await agreed(then, 'Start it now, in this terminal? Ctrl-C ends it.', true)))
          return 0;
        return runMount(configFor(setup, 'mount'), dependencies, false);
      }),
    );
}

/** Logs in to an account. One that does not work out does not undo what was written. */
async function isLoggedIn(account: AccountConfig, dependencies: CliDependencies): Promise<boolean> {
  try {
    return (await logIn(account, false, dependencies)) === 0;
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    dependencies.stdout.write(`${thrown.message} Later: debridfs login ${account.name}\n`);
    return false;
  }
}

/** The one that is named, else where every command looks. */
function fileToWrite({ program, dependencies }: CommandSetup): string {
  const { env, home, cwd, uid } = dependencies;
  const named = program.opts<{ readonly config?: string }>().config ?? env['DEBRIDFS_CONFIG'];
  if (named !== undefined) return absolutePath(named, cwd, home);
  const [own = 'config.yaml'] = standardPlaces(env, home).configFiles;
  return uid === 0 ? '/etc/debridfs/config.yaml' : own;
}

async function answersOf(ask: Ask, dependencies: CliDependencies): Promise<FirstAnswers> {
  const { stdout, cwd, home, uid } = dependencies;
  for (const [at, { title }] of services.entries()) stdout.write(`  ${at + 1}  ${title}\n`);
  const chosen = await answer(ask, 'Which do you have? (numbers, such as 1,3)', null, numbersOf);
  const accounts: FirstAnswers['accounts'][number][] = [];
  for (const { name, service } of chosen) {
    const apiUrl =
      service === 'storage-portal' ? await answer(ask, "The portal's address", null, urlOf) : null;
    accounts.push({ name, service, apiUrl });
  }
  const usual = uid === 0 ? '/mnt/debrid' : join(home, 'debrid');
  const mountpoint = await answer(ask, 'Where is the tree to appear?', usual, (text) =>
    absolutePath(text, cwd, home),
  );
  const server = await serverOf(ask, dependencies);
  const allowOther =
    uid === 0 || (server !== null && (await agreed(ask, 'Does the media server run as another user?', true)));
  const folders = uid === 0 ? { stateDir: '/var/lib/debridfs', cacheDir: '/var/cache/debridfs' } : null;
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
  const url = await answer(ask, 'Its address', `http://localhost:${ports[kind]}`, urlOf);
  if (kind === 'kodi') return { kind, url, token: null };
  const prompt = `Its ${kind === 'plex' ? 'token (X-Plex-Token)' : 'API key'} (it is not shown): `;
  return { kind, url, token: await readKey(stdin(), stdout, prompt, new AbortController().signal) };
}

/** @param file the configuration that was written. */
async function nextStep(
  { self, machine, env, home }: CliDependencies,
  isRoot: boolean,
  file: string,
): Promise<string> {
  const isFound =
    standardPlaces(env, home).configFiles.includes(file) || env['DEBRIDFS_CONFIG'] !== undefined;
  const call = isFound ? self : `${self} --config ${quoteForShell(file)}`;
  const hasSystemd = (await machine.lookAt('/run/systemd/system')).kind === 'directory';
  const unit = join(dirname(dirname(dirname(dirname(new URL(import.meta.url).pathname)))), 'systemd');
  const asService = isRoot
    ? `cp ${unit}/debridfs.service /etc/systemd/system/ && systemctl enable --now debridfs`
    : `mkdir -p ~/.config/systemd/user && cp ${unit}/debridfs.user.service ~/.config/systemd/user/debridfs.service && systemctl --user enable --now debridfs`;
  return [
    `Look whether all is well:  ${call} doctor`,
    `Start it:                  ${call} mount`,
    // The units name the usual places.
    ...(hasSystemd && isFound ? [`As a service, at each boot:  ${asService}`] : []),
    '',
  ].join('\n');
}

/** @throws {AppError} `aborted` with these words where the user gives it up. */
function orGiveUp(ask: NonNullable<CliDependencies['ask']>, words: string): Ask {
  return async (question) => {
    const typed = await ask(question);
    if (typed === null) throw new AppError('aborted', words);
    return typed;
  };
}

async function agreed(ask: Ask, question: string, usual: boolean): Promise<boolean> {
  const text = (await ask(`${question} ${usual ? '[Y/n]' : '[y/N]'} `)).trim().toLowerCase();
  return text === '' ? usual : /^y(?:es)?$/.test(text);
}

/**
 * An answer that can be understood; it is asked for again where it cannot.
 * @param usual taken where nothing is typed; null: then it is asked again.
 * @param understand undefined for what cannot be understood.
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
    const value = understand(text);
    if (value !== undefined) return value;
    hint = text === '' ? '' : `"${text}" is not understood. `;
  }
}

function numbersOf(text: string): (typeof services)[number][] | undefined {
  const numbers = new Set(text.split(/[\s,]+/).filter((word) => word !== ''));
  const chosen = [...numbers].map((word) => (/^\d$/.test(word) ? services[Number(word) - 1] : undefined));
  return chosen.length > 0 && chosen.every((each) => each !== undefined) ? chosen : undefined;
}

function urlOf(text: string): string | undefined {
  return /^https?:\/\/[^/\s]+/i.test(text) && URL.canParse(text) ? text : undefined;
}

function kindOf(text: string): ChosenServer['kind'] | 'none' | undefined {
  const kind = text.toLowerCase();
  return kind === 'none' || kind === 'plex' || kind === 'jellyfin' || kind === 'emby' || kind === 'kodi'
    ? kind
    : undefined;
}
