import type { Config } from '../../config/config.js';
import { standardPlaces } from '../../config/places.js';
import { toAppError } from '../../core/errors.js';
import type { AccountReport, StatusReport } from '../../server/surface.js';
import { configFor, type CommandSetup } from '../command.js';
import { askRunning } from '../control-client.js';
import type { CliDependencies } from '../dependencies.js';
import { accountChecks } from '../doctor/account-checks.js';
import { fail, ok, renderFinding, runCheck, warn, type Check, type Finding } from '../doctor/check.js';
import { folderChecks } from '../doctor/folder-checks.js';
import { fuseChecks } from '../doctor/fuse-checks.js';
import { mountpointChecks } from '../doctor/mountpoint-checks.js';
import { notifyChecks } from '../doctor/notify-checks.js';
import { serverCheck } from '../doctor/server-check.js';

/** The running process answers from memory; what is silent for longer is stuck, which another check tells. */
const patienceMs = 3_000;

/** `debridfs doctor`: one line for each thing that a mount needs, with what to do where it is missing. */
export function addDoctor(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('doctor')
    .description('check everything that a mount needs')
    .action(
      setup.run(async () => {
        const { config, finding } = readConfiguration(setup);
        dependencies.stdout.write(renderFinding('configuration', finding));
        for (const warning of config?.warnings ?? []) {
          dependencies.stdout.write(renderFinding('configuration', warn(warning, '')));
        }
        // Checks run one after the other: their lines come in order, and a slow one does not make another late.
        let failed = finding.verdict === 'fail';
        for (const check of config === null ? [] : checksFor(config, dependencies)) {
          const found = await runCheck(check);
          failed ||= found.verdict === 'fail';
          dependencies.stdout.write(renderFinding(check.name, found));
        }
        return failed ? 1 : 0;
      }),
    );
}

/** The configuration, or at least where things are, or nothing. */
function readConfiguration(setup: CommandSetup): {
  readonly config: Config | null;
  readonly finding: Finding;
} {
  try {
    const config = configFor(setup, 'accounts');
    if (config.accounts.length > 0) return { config, finding: ok(config.file ?? 'from flags and variables') };
    const { env, home } = setup.dependencies;
    const [usual = 'config.yaml'] = standardPlaces(env, home).configFiles;
    const place = config.file ?? `a configuration file, such as ${usual}`;
    const finding = fail(
      'no account is configured',
      `List at least one account (name, service, token) in ${place}.`,
    );
    return { config, finding };
  } catch (thrown) {
    const finding = fail(toAppError(thrown).message, 'Correct these.');
    try {
      // Tokens that are named in it are not filled in: targets would refuse them.
      return { config: { ...configFor(setup, 'places'), notify: [] }, finding };
    } catch {
      return { config: null, finding };
    }
  }
}

function checksFor(config: Config, { machine, env, uid, app, clock, self }: CliDependencies): Check[] {
  return [
    ...folderChecks(machine, config, app, clock),
    ...fuseChecks(machine, env, uid, config.mount),
    ...mountpointChecks(machine, config.mountpoint, config.stateDir, self, config.mount.dropTo),
    serverCheck(machine, config.server.listen, config.stateDir),
    ...accountChecks(config.accounts, app, () => runningAccounts(config.stateDir), machine, clock),
    ...notifyChecks(config, machine, env, clock),
  ];
}

/** The accounts as the running process has found them; none where none runs. */
async function runningAccounts(stateDir: string): Promise<readonly AccountReport[]> {
  const asked = { method: 'GET', path: '/status', timeoutMs: patienceMs } as const;
  return askRunning<StatusReport>(stateDir, asked).then(
    ({ accounts }) => accounts,
    () => [],
  );
}
