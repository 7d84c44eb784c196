import type { AccountConfig } from '../../config/config.js';
import type { AccountCondition, AccountState } from '../../core/account.js';
import type { Clock } from '../../core/clock.js';
import { toAppError } from '../../core/errors.js';
import type { AccountReport } from '../../server/surface.js';
import { conditionAfter } from '../../sync/condition.js';
import { allowancesText, premiumText, unreadableText } from '../account-text.js';
import { formatDuration } from '../format.js';
import type { App } from '../dependencies.js';
import { fail, ok, skip, warn, type Check, type Finding } from './check.js';
import type { Machine } from './machine.js';

/** Beyond this, signatures and "not before" times of links and certificates begin to fail. */
const maxClockErrorMs = 60_000;

const remedies: Readonly<Record<Exclude<AccountCondition, 'ok'>, (account: AccountConfig) => string>> = {
  unknown: () => 'Try again.',
  expired: () => 'Renew the subscription at the service.',
  rejected: logIn,
  blocked: ({ name }) => `See the service's website or e-mail, or set the proxy of account ${name}.`,
  unreachable: () => 'Check the network, apiUrl and proxy.',
  limited: () => 'Wait; it ends by itself.',
};

/** A token that is written in the configuration comes before what a login keeps. */
function logIn({ name, token, keptIn }: AccountConfig): string {
  return keptIn === null && token !== null
    ? `Put a new token of account ${name} into the configuration, or remove it there and run: debridfs login ${name}`
    : `Run: debridfs login ${name}`;
}

/** What reading files teaches of an account that itself says that all is well. */
const foundByReading: ReadonlySet<AccountCondition> = new Set(['expired', 'rejected', 'blocked', 'limited']);

/**
 * Each account's token and state, asked from its service, and this machine's clock against a service's.
 * @param running tells how a running process finds the accounts.
 */
export function accountChecks(
  accounts: readonly AccountConfig[],
  app: Pick<App, 'accountState'>,
  running: () => Promise<readonly AccountReport[]>,
  machine: Machine,
  clock: Clock,
): Check[] {
  const checks = accounts.map((account): Check => ({
    name: `account ${account.name}`,
    run: async (signal) => {
      if (account.token === null) {
        return fail('has no token', `${logIn(account)} (or add token or tokenFile to it).`);
      }
      const state = await app.accountState(account, signal).catch((thrown: unknown): AccountState => {
        return { ...conditionAfter(toAppError(thrown)), premiumUntilMs: null, allowances: [] };
      });
      const report = (await running()).find(({ name }) => name === account.name);
      const unreadable = report?.unreadable.map(unreadableText) ?? [];
      return judge(account, asRead(state, report), unreadable, clock.now());
    },
  }));
  return [...checks, clockCheck(accounts, machine, clock)];
}

/** An account as it says it is, except where it says that all is well and reading its files found otherwise. */
function asRead(state: AccountState, report: AccountReport | undefined): AccountState {
  if (report === undefined || state.condition !== 'ok' || !foundByReading.has(report.state)) return state;
  return { ...state, condition: report.state, detail: report.detail };
}

function judge(
  account: AccountConfig,
  { condition, detail, premiumUntilMs, allowances }: AccountState,
  unreadable: readonly string[],
  nowMs: number,
): Finding {
  const facts = [
    ...(premiumUntilMs === null ? [] : [premiumText(premiumUntilMs, nowMs)]),
    ...(allowances.length === 0 ? [] : [allowancesText(allowances)]),
  ];
  if (condition === 'ok') return ok([['works', ...facts].join(', '), ...unreadable].join('. '));
  const found = `is ${condition}${detail === '' ? '' : `: ${detail}`}`;
  const isPassing = condition === 'limited' || condition === 'unknown';
  return (isPassing ? warn : fail)(found, remedies[condition](account));
}

function clockCheck(accounts: readonly AccountConfig[], machine: Machine, clock: Clock): Check {
  return {
    name: 'clock',
    run: async (signal) => {
      const [account] = accounts;
      const serverMs = account === undefined ? null : await machine.serverTime(account.apiUrl, signal);
      if (serverMs === null) return skip('no service answered to compare with');
      const errorMs = Math.abs(clock.now() - serverMs);
      return errorMs <= maxClockErrorMs
        ? ok('is right')
        : fail(`is ${formatDuration(errorMs)} off`, 'Run: timedatectl set-ntp true');
    },
  };
}
