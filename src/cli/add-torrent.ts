/** `debridfs add` of a torrent: from the account that takes it to the path where it can be read. */
import { join } from 'node:path';
import { readMagnet } from '../adding/magnet.js';
import type { Config } from '../config/config.js';
import type { AccountName } from '../core/account.js';
import type { AccountOrders, AddAnswer, FileChoice, ItemName, TorrentToAdd } from '../core/adding.js';
import { AppError, toAppError, type ErrorCode } from '../core/errors.js';
import { parseFileChoice } from '../core/file-choice.js';
import { leavesSomething } from '../core/left-behind.js';
import { readRunFile } from '../server/run-file.js';
import { configFor, type CommandSetup } from './command.js';
import type { CliDependencies } from './dependencies.js';
import { ProgressLine } from './progress-line.js';
import type { Wanted } from './wanted.js';
import { withOrders } from './with-orders.js';

/** Pauses between two looks, in milliseconds, each twice as long as the one before. */
const pauses = { firstMs: 1_000, longestMs: 10_000 };
/** So long an account may look for what a magnet holds, in milliseconds. */
const metadataMs = 3 * 60_000;
/** So long what is ready may take until it is in the tree, in milliseconds: TorBox's list may be a minute old. */
const shownWithinMs = 150_000;
/** So many looks may fail one after the other. */
const patience = 6;
/** Paths that are told. */
const maxPaths = 20;

/** Failures of the moment, as they come from the running process. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'network',
  'timeout',
  'service-down',
  'rate-limited',
  'bad-answer',
]);

interface Asked {
  readonly account: AccountName | null;
  readonly files: string | null;
}

/** @returns the exit code. @throws {AppError} why it could not be added; then nothing that was added stays. */
export async function addTorrent(
  setup: CommandSetup,
  wanted: Exclude<Wanted, { kind: 'link' }>,
  { account, files }: Asked,
): Promise<number> {
  const { dependencies } = setup;
  const { app, signals, stdout } = dependencies;
  const choice: FileChoice = files === null ? { kind: 'videos' } : parseFileChoice(files);
  const config = configFor(setup, 'accounts');
  if (account !== null && !config.accounts.some(({ name }) => name === account))
    throw new AppError('config', `There is no account "${account}".`);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    signals.on(signal, () => interrupted.abort());
  const { signal } = interrupted;
  const torrent =
    wanted.kind === 'torrent' ? wanted.torrent : readMagnet(await app.magnetOf(wanted.id, config, signal));
  return withOrders(config, dependencies, async (orders) => {
    const answer = await orders.add({ torrent, files: choice, account }, signal).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
      const error = toAppError(thrown);
      const rest = leavesSomething(error) ? '' : ' What a service had taken by then is removed again.';
      throw new AppError('aborted', `Given up. ${error.message}${rest}`);
    });
    if (answer.kind === 'held') {
      const { name, state, account: holder } = answer.item;
      const rest = state === 'working' ? ', and is still at work on it' : '';
      stdout.write(`account ${holder} holds it already${titled(name)}${rest}: nothing was added\n`);
      return 0;
    }
    tellChoice(answer, dependencies);
    return follow(torrent, answer, { orders, config, dependencies, signal });
  });
}

type Added = Extract<AddAnswer, { kind: 'added' }>;

interface Following {
  readonly orders: AccountOrders;
  readonly config: Config;
  readonly dependencies: CliDependencies;
  readonly signal: AbortSignal;
}

function tellChoice(answer: Added, { stdout, stderr }: CliDependencies): void {
  for (const reason of answer.passedOver) stderr.write(`passed over ${reason}\n`);
  stdout.write(
    answer.isNew
      ? `added to account ${answer.item.account} (${answer.why})\n`
      : `account ${answer.item.account} had it already\n`,
  );
  if (answer.warning !== null) stderr.write(`${answer.warning}\n`);
}

async function follow(torrent: TorrentToAdd, answer: Added, following: Following): Promise<number> {
  const { dependencies, signal } = following;
  const { account } = answer.item;
  const line = new ProgressLine(dependencies.stdout, dependencies.clock, account);
  try {
    await untilReady(torrent, answer, following, line);
    line.end();
    return await untilShown(torrent, answer.item, following);
  } catch (thrown) {
    line.end();
    if (!signal.aborted) throw thrown;
    const remedy = `debridfs remove ${torrent.hash} --account ${account}`;
    dependencies.stdout.write(`account ${account} goes on with it; to take it away: ${remedy}\n`);
    return 0;
  }
}

/** @throws {AppError} why it never will be; then it is removed again, where it is new. */
async function untilReady(
  torrent: TorrentToAdd,
  { item, isNew }: Added,
  { orders, dependencies: { clock }, signal }: Following,
  line: ProgressLine,
): Promise<void> {
  const untilMs = clock.monotonic() + metadataMs;
  let failures = 0;
  for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(2 * pauseMs, pauses.longestMs)) {
    try {
      const progress = await orders.progressOf(item, signal);
      failures = 0;
      line.show(progress);
      if (progress.state === 'ready') return;
      const why =
        progress.state === 'failed'
          ? progress.words
          : !progress.isKnown && clock.monotonic() >= untilMs
            ? `Account "${item.account}" did not find out within ${metadataMs / 60_000} minutes what this magnet holds: nobody shares it at present.`
            : null;
      if (why !== null) throw await undone(orders, item, torrent, isNew, why);
    } catch (thrown) {
      failures += 1;
      if (!passing.has(toAppError(thrown).code) || failures >= patience) throw thrown;
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** What to say of an item that came to nothing, once it is removed. */
async function undone(
  orders: AccountOrders,
  item: ItemName,
  torrent: TorrentToAdd,
  isNew: boolean,
  why: string,
): Promise<AppError> {
  const { account, itemId } = item;
  if (!isNew)
    return new AppError('not-ready', `${why} Account "${account}" had it before, so it stays there.`);
  try {
    // Ctrl-C must not leave it there.
    await orders.remove(item, torrent.hash, AbortSignal.timeout(metadataMs));
    return new AppError('not-ready', `${why} It was removed from account "${account}" again.`);
  } catch (thrown) {
    const reason = toAppError(thrown).message;
    return new AppError(
      'not-ready',
      `${why} It is still in account "${account}" as item ${itemId}, because it could not be removed: ${reason}`,
    );
  }
}

/** Waits until the running process shows it. @returns the exit code. */
async function untilShown(
  { hash }: TorrentToAdd,
  { account }: ItemName,
  { orders, config, dependencies: { stdout, stderr, clock }, signal }: Following,
): Promise<number> {
  const untilMs = clock.monotonic() + shownWithinMs;
  for (;;) {
    const paths = await orders.shown(account, hash, signal);
    if (paths === null) {
      stdout.write(`account ${account} has it: debridfs is not running, and shows it when it is\n`);
      return 0;
    }
    if (paths.length > 0) {
      const mountpoint = readRunFile(config.stateDir)?.mountpoint ?? '';
      const told = paths.slice(0, maxPaths).map((path) => `  ${join(mountpoint, path)}\n`);
      const more = paths.length > maxPaths ? [`  and ${paths.length - maxPaths} more\n`] : [];
      stdout.write(`it is in the library:\n${[...told, ...more].join('')}`);
      return 0;
    }
    if (clock.monotonic() >= untilMs) break;
    await clock.sleep(3_000, signal);
  }
  stderr.write(
    `account ${account} has it, but its files are not in the tree yet: "debridfs status" tells how the account is.\n`,
  );
  return 1;
}

function titled(name: string): string {
  return name === '' ? '' : ` (${JSON.stringify(name)})`;
}
