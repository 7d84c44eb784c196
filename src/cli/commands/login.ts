import type { AccountConfig, Config } from '../../config/config.js';
import { SecretFile } from '../../config/secret-store.js';
import { secretFile } from '../../config/tokens.js';
import { AppError } from '../../core/errors.js';
import type { Login } from '../../core/login.js';
import { configFor, type CommandSetup } from '../command.js';
import type { CliDependencies } from '../dependencies.js';
import { openLoginScreen, type OpenScreen } from '../login-screen.js';
import { readKey } from '../read-key.js';

/** As shells have it for what Ctrl-C ended: 128 and the number of SIGINT. */
const interruptedExitCode = 130;

/** `debridfs login`: gets an account's secret from its service, and keeps it where every command finds it. */
export function addLogin(setup: CommandSetup): void {
  setup.program
    .command('login')
    .argument('<account>', 'name of the account in the configuration')
    .option('--token', 'type in a key that you have, unseen, or pipe it in')
    .description('log in to an account, and keep its token')
    .action(
      setup.run(async (name: string, options: { readonly token?: true }) => {
        const config = configFor(setup, 'login');
        const account = accountToLogIn(config, name);
        return logIn(account, options.token === true, setup.dependencies);
      }),
    );
}

/** @throws {AppError} `config` where a login would have no effect. */
function accountToLogIn({ accounts, stateDir, file }: Config, name: string): AccountConfig {
  const account = accounts.find((each) => each.name === name);
  if (account === undefined) {
    const known = accounts.map((each) => each.name).join(', ');
    const remedy = known === '' ? 'Add it to the configuration first.' : `There are: ${known}.`;
    throw new AppError('config', `There is no account "${name}". ${remedy}`);
  }
  if (account.keptIn === secretFile(stateDir, name)) return account;
  const key = account.keptIn === null ? 'token' : 'tokenFile';
  throw new AppError(
    'config',
    `Account "${name}" has its ${key} in ${file ?? 'the configuration'}, which would come before a login. Remove it there first.`,
  );
}

/** Logs in to one account. @returns the exit code. @throws {AppError} why it did not work out. */
export async function logIn(
  account: AccountConfig,
  byKey: boolean,
  dependencies: CliDependencies,
): Promise<number> {
  const { app, clock, signals, stdout } = dependencies;
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) signals.on(signal, () => asked.abort());
  const login = await app.createLogin(account);
  const screen = openLoginScreen(stdout, clock);
  try {
    const secret = await secretOf(account, login, byKey, screen, asked.signal, dependencies);
    screen.close();
    asked.signal.throwIfAborted();
    await keep(account, secret, dependencies);
    return 0;
  } catch (thrown) {
    screen.close();
    if (asked.signal.aborted || (thrown instanceof AppError && thrown.code === 'aborted'))
      return interruptedExitCode;
    throw thrown;
  } finally {
    await login.close();
  }
}

async function secretOf(
  account: AccountConfig,
  login: Login,
  byKey: boolean,
  screen: OpenScreen,
  signal: AbortSignal,
  { stdin, stdout, stderr }: CliDependencies,
): Promise<string> {
  if (!byKey && login.byCode !== null) {
    stdout.write(`Log in to account ${account.name} at ${login.service}.\n`);
    return login.byCode(screen, signal);
  }
  const prompt = `Key of account ${account.name} at ${login.service} (it is not shown): `;
  const key = await readKey(stdin(), stdout, prompt, signal);
  const oddity = login.oddity(key);
  if (oddity !== null) stderr.write(`debridfs: ${oddity}\n`);
  return login.byKey(key, screen, signal);
}

async function keep(
  { name, keptIn }: AccountConfig,
  secret: string,
  { clock, stdout }: CliDependencies,
): Promise<void> {
  if (keptIn === null) return;
  await new SecretFile({ file: keptIn, account: name, atStart: null, clock }).replace(secret, null);
  stdout.write(`Logged in. The token of account ${name} is kept in ${keptIn}\n`);
  stdout.write('A debridfs that is running uses it from now on.\n');
}
