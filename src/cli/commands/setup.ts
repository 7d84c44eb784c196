import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AccountConfig } from '../../config/config.js';
import { loadConfig } from '../../config/load.js';
import { absolutePath, standardPlaces } from '../../config/places.js';
import { AppError, toAppError } from '../../core/errors.js';
import { replaceFile } from '../../core/replace-file.js';
import { configFor, type CommandSetup } from '../command.js';
import type { CliDependencies } from '../dependencies.js';
import { agreed, firstAnswers, orGiveUp } from '../first-answers.js';
import { firstConfiguration } from '../first-configuration.js';
import { quoteForShell } from '../format.js';
import { runMount } from '../run-mount.js';
import { logIn } from './login.js';

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
        const text = firstConfiguration(await firstAnswers(first, file, dependencies));
        requireUsable(text, file, setup);
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

/**
 * What a mount would refuse takes the place of nothing that works.
 * @throws {AppError} `config` with what is wrong with it.
 */
function requireUsable(text: string, file: string, { dependencies }: CommandSetup): void {
  const { temporary, env, cwd, home, uid, gid } = dependencies;
  const folder = mkdtempSync(join(temporary, 'debridfs-setup-'));
  const draft = join(folder, 'config.yaml');
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    loadConfig({ flags: [], env, cwd, home, uid, gid, file: draft, need: 'mount' });
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    throw new AppError(code, `Nothing was written. ${message.replaceAll(draft, file)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
