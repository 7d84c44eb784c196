import type { Config } from '../../config/config.js';
import { keepLink } from '../../config/keep-link.js';
import { parseLinks } from '../../config/links-file.js';
import { ownLinksPath } from '../../config/links-files.js';
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { OwnLink } from '../../core/own-links.js';
import type { StatusReport } from '../../server/surface.js';
import { configFor, type CommandSetup } from '../command.js';
import { addTorrent } from '../add-torrent.js';
import { askRunning, isNotRunning } from '../control-client.js';
import type { CliDependencies } from '../dependencies.js';
import { readWanted } from '../wanted.js';
import { withOrders } from '../with-orders.js';

/** TorBox may take half a minute to answer (observed). */
const addWithinMs = 90_000;
/** Most sizes are told within a second; what is not known by then may come later. */
const knownWithinMs = 15_000;

interface Options {
  readonly buy?: true;
  readonly name?: string;
  readonly size?: string;
  readonly password?: string;
  readonly quality?: string;
  readonly account?: string;
  readonly files?: string;
}

/** `debridfs add`: gives a torrent to an account; takes a hoster link into the library, or gives it to an account. */
export function addAdd(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('add')
    .argument('<what>', 'magnet link, infohash, .torrent file, link of a file hoster, or torrent of nekoBT')
    .option('--account <name>', 'give it to this account; else to the best (torrents) or to all (links)')
    .option('--files <choice>', 'of a torrent at Real-Debrid: all, 1,3,5-7 or "*.mkv"; else its videos')
    .option('--name <name>', 'file name, where the services do not tell it')
    .option('--size <size>', 'exact size in bytes, where the services do not tell it')
    .option('--password <password>', 'by which its host gives the file')
    .option('--quality <quality>', 'of a video that comes in several, such as 720p; else the best')
    .option('--buy', 'pay for it with traffic of a storage-portal account, once')
    .description('add a torrent or a hoster link to an account')
    .action(
      setup.run(async (what: string, options: Options) => {
        const { account, files, ...words } = options;
        const wanted = readWanted(what, dependencies.cwd);
        if (wanted.kind !== 'link') {
          const [given] = Object.keys(words);
          if (given !== undefined) throw new AppError('config', `--${given} is for links of file hosters.`);
          return addTorrent(setup, wanted, { account: account ?? null, files: files ?? null });
        }
        if (files !== undefined) throw new AppError('config', '--files is for torrents.');
        const [link] = parseLinks(lineOf(wanted.url, words)).links;
        if (link === undefined)
          throw new AppError('config', 'Write an http:// or https:// URL without a user name.');
        if (account !== undefined)
          return giveToAccount(link, account, configFor(setup, 'accounts'), dependencies);
        return keep(link, configFor(setup, 'places'), dependencies);
      }),
    );
}

/** A line of a links file with a link and what is told of it. @throws {AppError} `config` where that cannot be understood. */
function lineOf(url: string, { buy, ...words }: Omit<Options, 'account' | 'files'>): string {
  const told = Object.entries(words).map(([key, value]) => {
    if (/["\n\r]/.test(value)) throw new AppError('config', `--${key} must not hold a double quote.`);
    return `${key}="${value}"`;
  });
  const line = [url, ...told, ...(buy === true ? ['buy=true'] : [])].join(' ');
  const [problem] = parseLinks(line).problems;
  if (problem !== undefined && /^https?:/i.test(url)) throw new AppError('config', problem.text);
  return line;
}

/** Writes it down for every account that takes it, and says what came of that. */
async function keep(link: OwnLink, config: Config, dependencies: CliDependencies): Promise<number> {
  const { stdout, stderr, clock } = dependencies;
  const file = ownLinksPath(config.stateDir);
  keepLink(file, link.url, (before) => ({
    ...link,
    name: link.name ?? before?.name ?? null,
    size: link.size ?? before?.size ?? null,
    password: link.password ?? before?.password ?? null,
    quality: link.quality ?? before?.quality ?? null,
    mayBuy: link.mayBuy || before?.mayBuy === true,
    order: link.mayBuy ? new Date(clock.now()).toISOString() : (before?.order ?? ''),
  }));
  stdout.write(`written to ${file}\n`);
  try {
    await askRunning(config.stateDir, { method: 'POST', path: '/sync', timeoutMs: null });
    const reason = await reasonHidden(config.stateDir, link.url, clock);
    stdout.write(reason === null ? 'it is in the library\n' : `not in the library: ${reason}\n`);
    return reason === null ? 0 : 1;
  } catch (thrown) {
    if (!isNotRunning(thrown)) throw thrown;
    stderr.write('debridfs is not running: it takes this up at its next start.\n');
    return 0;
  }
}

/** Why a link is not shown once there was time to ask for its size; null where it is. */
async function reasonHidden(stateDir: string, url: string, clock: Clock): Promise<string | null> {
  const untilMs = clock.monotonic() + knownWithinMs;
  for (;;) {
    const asked = { method: 'GET', path: '/status', timeoutMs: null } as const;
    const { links } = await askRunning<StatusReport>(stateDir, asked);
    const reason = links.hidden.find((hidden) => hidden.url === url)?.reason ?? null;
    if (reason === null || clock.monotonic() >= untilMs) return reason;
    await clock.sleep(500);
  }
}

/** Has one account download it. */
async function giveToAccount(
  link: OwnLink,
  name: string,
  config: Config,
  dependencies: CliDependencies,
): Promise<number> {
  if (!config.accounts.some((each) => each.name === name))
    throw new AppError('config', `There is no account "${name}".`);
  await withOrders(config, dependencies, (orders) =>
    orders.addLink(name, link, AbortSignal.timeout(addWithinMs)),
  );
  dependencies.stdout.write(`given to account ${name}: it is shown once it is there\n`);
  return 0;
}
