import { isInfohash, readInfohash, readMagnet } from '../../adding/magnet.js';
import type { Config } from '../../config/config.js';
import type { AccountName } from '../../core/account.js';
import type { HeldItem } from '../../core/adding.js';
import { AppError, toAppError } from '../../core/errors.js';
import { linkKey } from '../../core/own-links.js';
import type { ListName, TorrentKey } from '../../core/torrent.js';
import { readRunFile } from '../../server/run-file.js';
import { nodeAtPath, pathOf } from '../../core/tree-path.js';
import type { StoredHolding } from '../../store/held-torrents.js';
import { configFor, type CommandSetup } from '../command.js';
import { confirm } from '../confirm.js';
import type { CliDependencies, OpenedHoldings } from '../dependencies.js';
import { pathInTree } from '../mount-path.js';
import { removeOwnLink } from '../remove-own-link.js';
import { removalText } from '../removal-text.js';
import { withOrders } from '../with-orders.js';

/** Nobody waits longer for a service to remove one item. */
const removeWithinMs = 3 * 60_000;

/** Lists from which no service's client removes anything. */
const keptForGood: ReadonlySet<ListName> = new Set(['downloads', 'saved', 'history']);

interface Options {
  readonly account?: string;
  readonly id?: string;
  readonly yes?: true;
}

/** `debridfs remove`: takes one item out of one account, once the user has seen what goes with it. */
export function addRemove(setup: CommandSetup): void {
  setup.program
    .command('remove')
    .argument('<what>', 'path in the mount, infohash, magnet link, or a link of your own')
    .option('--account <name>', 'from which account')
    .option('--id <id>', 'which item, where the account holds the torrent more than once')
    .option('--yes', 'do not ask')
    .description('remove one torrent or link from one account')
    .action(setup.run((what: string, options: Options) => remove(setup, what, options)));
}

async function remove(setup: CommandSetup, what: string, options: Options): Promise<number> {
  const { dependencies } = setup;
  const config = configFor(setup, 'accounts');
  const holdings = await openHoldings(dependencies, config.stateDir);
  try {
    const torrent = torrentOf(what, holdings, config, dependencies);
    const stored = holdings?.held.items(torrent) ?? [];
    const isOwnLink = torrent.startsWith('web:') && stored.every(({ list }) => list === 'links');
    if (isOwnLink) return await removeOwnLink(torrent, config, dependencies, options.yes === true);
    const { account } = options;
    if (account === undefined)
      throw new AppError('config', `Say from which account: --account NAME. ${holdersText(stored)}`);
    if (!config.accounts.some(({ name }) => name === account))
      throw new AppError('config', `There is no account "${account}".`);
    return await withOrders(config, dependencies, async (orders, isRunning) => {
      const signal = AbortSignal.timeout(removeWithinMs);
      const isStored = stored.some((item) => item.account === account);
      const items = isStored ? stored : await orders.holders(torrent, signal);
      const item = onlyItem(items, account, options.id);
      if (keptForGood.has(item.list))
        throw new AppError(
          'invalid',
          'debridfs removes torrents and downloads of a service, no links that an account keeps. Do that on its website.',
        );
      const row = stored.find((each) => each.account === account && each.itemId === item.itemId);
      dependencies.stdout.write(removalText(item, row ?? null, items, pathsGone(holdings, row)));
      await confirm(`Remove it from account ${account}?`, options.yes === true, dependencies);
      await orders.remove(item, torrent, signal);
      dependencies.stdout.write(
        isRunning
          ? `removed from account ${account}\n`
          : `removed from account ${account}; debridfs is not running: its tree follows once it has asked twice\n`,
      );
      return 0;
    });
  } finally {
    holdings?.close();
  }
}

/** Null where there is no library yet. */
async function openHoldings({ app }: CliDependencies, stateDir: string): Promise<OpenedHoldings | null> {
  try {
    return await app.openHoldings(stateDir);
  } catch (thrown) {
    if (toAppError(thrown).code === 'not-found') return null;
    throw thrown;
  }
}

/** The one torrent that is meant. */
function torrentOf(
  what: string,
  holdings: OpenedHoldings | null,
  { stateDir, mountpoint }: Config,
  { cwd }: CliDependencies,
): TorrentKey {
  if (/^magnet:/i.test(what)) return readMagnet(what).hash;
  if (isInfohash(what)) return readInfohash(what).hash;
  if (/^https?:\/\//i.test(what)) return linkKey(what);
  const asked = pathInTree(what, readRunFile(stateDir)?.mountpoint ?? mountpoint, cwd);
  const node = holdings === null ? undefined : nodeAtPath(holdings.tree, asked);
  if (node === undefined || holdings === null)
    throw new AppError(
      'not-found',
      `There is no ${asked} in the tree. Name it by its infohash, if an account holds it.`,
    );
  const [torrent, ...others] = holdings.held.below(node.inode, 2);
  if (torrent === undefined) throw new AppError('invalid', `${asked} holds nothing of an account.`);
  if (others.length > 0)
    throw new AppError(
      'invalid',
      `${asked} holds files of more than one torrent. Name one of its files, or an infohash.`,
    );
  return torrent;
}

/** The one item that is meant. @throws {AppError} where there is none, or several. */
function onlyItem(items: readonly HeldItem[], account: AccountName, id: string | undefined): HeldItem {
  const own = items.filter((item) => item.account === account && (id === undefined || item.itemId === id));
  const [item, ...others] = own;
  if (item === undefined) {
    const which = id === undefined ? 'it' : `it as item ${id}`;
    throw new AppError('not-found', `Account "${account}" does not hold ${which}. ${holdersText(items)}`);
  }
  if (others.length === 0) return item;
  const lines = own.map(
    ({ itemId, name, addedMs }) => `  ${itemId}  ${new Date(addedMs).toISOString()}  ${JSON.stringify(name)}`,
  );
  throw new AppError(
    'config',
    `Account "${account}" holds it ${own.length} times. Say which one goes, with --id:\n${lines.join('\n')}`,
  );
}

function holdersText(items: readonly HeldItem[]): string {
  const names = [...new Set(items.map(({ account }) => account))];
  return names.length === 0 ? 'No account is known to hold it.' : `It is held by: ${names.join(', ')}.`;
}

function pathsGone(holdings: OpenedHoldings | null, row: StoredHolding | undefined): readonly string[] {
  if (holdings === null || row === undefined) return [];
  return holdings.held.goneWith(row.row).flatMap((inode) => pathOf(holdings.tree, inode) ?? []);
}
