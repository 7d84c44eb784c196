import { AppError } from '../../core/errors.js';
import { configFor, type CommandSetup } from '../command.js';
import { quoteForShell } from '../format.js';
import { renderFound } from '../render-found.js';

/** A page on a terminal. */
const usualLimit = 20;
const mostLimit = 100;
/** nekoBT is asked once, the accounts side by side. */
const searchWithinMs = 60_000;

interface Options {
  readonly json?: true;
  readonly page: string;
  readonly limit: string;
}

/** `debridfs search`: torrents at nekoBT, and which accounts have them. */
export function addSearch(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('search')
    .argument('<query...>', 'words of the title')
    .option('--json', 'for programs; so it is where the output is no terminal')
    .option('--page <number>', 'which page', '1')
    .option('--limit <number>', 'how many on a page, 100 at most', String(usualLimit))
    .description('find torrents at nekoBT, and which accounts have them')
    .action(
      setup.run(async (words: readonly string[], options: Options) => {
        const { stdout, stderr, app, clock, self } = dependencies;
        const limit = numberOf(options.limit, '--limit', mostLimit);
        const page = numberOf(options.page, '--page', 10_000);
        const config = configFor(setup, 'accounts');
        const query = words.join(' ');
        const signal = AbortSignal.timeout(searchWithinMs);
        const found = await app.search(query, { limit, offset: (page - 1) * limit }, config, signal);
        for (const note of found.notes) stderr.write(`debridfs: ${note}\n`);
        if (options.json === true || stdout.isTTY !== true) {
          stdout.write(
            `${JSON.stringify({ query, page, more: found.more, torrents: found.rows }, null, 2)}\n`,
          );
          return 0;
        }
        stdout.write(
          found.rows.length === 0
            ? `nekoBT has nothing ${page > 1 ? 'more ' : ''}for "${query}"\n`
            : renderFound(found.rows, stdout.columns ?? 100, clock.now()),
        );
        if (found.more) {
          const size = limit === usualLimit ? '' : ` --limit ${limit}`;
          const quoted = words.map(quoteForShell).join(' ');
          stdout.write(`more: ${self} search --page ${page + 1}${size} ${quoted}\n`);
        }
        if (found.rows.length > 0) stdout.write(`to have one: ${self} add ID\n`);
        return 0;
      }),
    );
}

function numberOf(text: string, name: string, most: number): number {
  const number = Number(text);
  if (/^\d{1,6}$/.test(text) && number >= 1 && number <= most) return number;
  throw new AppError('config', `${name} is a number from 1 to ${most}.`);
}
