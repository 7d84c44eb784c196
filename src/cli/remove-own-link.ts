import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.js';
import { dropLink } from '../config/keep-link.js';
import { parseLinks } from '../config/links-file.js';
import { ownLinksPath } from '../config/links-files.js';
import { AppError } from '../core/errors.js';
import { linkKey } from '../core/own-links.js';
import type { TorrentKey } from '../core/torrent.js';
import { confirm } from './confirm.js';
import type { CliDependencies } from './dependencies.js';
import { withOrders } from './with-orders.js';

const removeWithinMs = 3 * 60_000;

/** A line that holds a link. */
interface Line {
  readonly file: string;
  readonly number: number;
  readonly url: string;
}

/**
 * Takes a link of the user's own out of the file that `debridfs add` writes; never out of the user's own files.
 * @returns the exit code.
 * @throws {AppError} where it is in none of them, or in the user's alone.
 */
export async function removeOwnLink(
  torrent: TorrentKey,
  config: Config,
  dependencies: CliDependencies,
  isSure: boolean,
): Promise<number> {
  const { stdout } = dependencies;
  const own = ownLinksPath(config.stateDir);
  const [line] = linesOf(own, torrent);
  const others = config.links.flatMap((file) => linesOf(file, torrent));
  const places = others.map(({ file, number }) => `line ${number} of ${file}`).join(', ');
  if (line === undefined) {
    const why =
      others.length === 0
        ? `It is in none of your links files.`
        : `It is in ${places}, which is yours: debridfs never changes it. Take the line out there.`;
    throw new AppError('not-found', why);
  }
  stdout.write(`link        ${line.url}\nfile        ${own}, line ${line.number}\n`);
  await confirm('Take the line out?', isSure, dependencies);
  dropLink(own, line.url);
  stdout.write(`taken out of ${own}\n`);
  if (others.length > 0) {
    stdout.write(`it stays in the library: it is also in ${places}, which debridfs never changes\n`);
    return 1;
  }
  await withOrders(config, dependencies, (orders) =>
    orders.linkDropped(torrent, AbortSignal.timeout(removeWithinMs)),
  );
  return 0;
}

function linesOf(file: string, torrent: TorrentKey): Line[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split(/\r?\n/).flatMap((content, index) => {
    const [link] = parseLinks(content).links;
    return link !== undefined && linkKey(link.url) === torrent
      ? [{ file, number: index + 1, url: link.url }]
      : [];
  });
}
