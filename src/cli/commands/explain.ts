import type { Config } from '../../config/config.js';
import { checkFacts, writeOverrides, type OverrideFact } from '../../config/overrides-file.js';
import type { ContentId } from '../../core/content.js';
import { AppError } from '../../core/errors.js';
import type { Tree } from '../../core/tree.js';
import { explainFromTree } from '../../server/explain-tree.js';
import { readRunFile } from '../../server/run-file.js';
import type { Explanation } from '../../server/surface.js';
import { isRawPath, nodeAtPath, pathOf } from '../../core/tree-path.js';
import { configFor, type CommandSetup } from '../command.js';
import { askRunning, isNotRunning } from '../control-client.js';
import type { CliDependencies } from '../dependencies.js';
import { pathInTree } from '../mount-path.js';
import { overrideTargets } from '../override-targets.js';
import { renderExplanation } from '../render-explanation.js';

/** The process answers from its store; what is silent for longer is stuck. */
const patienceMs = 10_000;
/** Placing a torrent anew takes milliseconds, but behind a first listing of thousands it waits. */
const placingPatienceMs = 120_000;

const notRunning = 'debridfs is not running: links and failures are not known.\n';

interface Options {
  readonly json?: true;
  readonly set?: readonly string[];
}

/** `debridfs explain`: what a path is, why it is there, who holds it, what last went wrong with it; and how to correct it. */
export function addExplain(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('explain')
    .argument('<path>', 'from the root of the mount')
    .option('--json', 'for programs')
    .option(
      '--set <facts...>',
      'correct what was guessed: hide, kind, title, year, season, episode, each as fact=text; "fact=" takes it back',
    )
    .description("say what a file is and why it is there, who holds it, its link's age and its last failure")
    .action(
      setup.run(async (path: string, { json, set }: Options) => {
        const config = configFor(setup, 'places');
        const mountpoint = readRunFile(config.stateDir)?.mountpoint ?? config.mountpoint;
        const asked = pathInTree(path, mountpoint, dependencies.cwd);
        if (set !== undefined) return correct(config, asked, set.map(factOf), dependencies);
        const { explanation, running } = await explain(config, asked, dependencies);
        const text =
          json === true
            ? `${JSON.stringify(explanation, null, 2)}\n`
            : renderExplanation(explanation, dependencies.clock.now());
        dependencies.stdout.write(text);
        if (!running) dependencies.stderr.write(notRunning);
        return 0;
      }),
    );
}

/** From the running process, else from its store. */
async function explain(
  config: Config,
  path: string,
  { app }: CliDependencies,
): Promise<{ readonly explanation: Explanation; readonly running: boolean }> {
  try {
    const query = `/explain?path=${encodeURIComponent(path)}`;
    const explanation = await askRunning<Explanation>(config.stateDir, {
      method: 'GET',
      path: query,
      timeoutMs: patienceMs,
    });
    return { explanation, running: true };
  } catch (thrown) {
    if (!isNotRunning(thrown)) throw thrown;
  }
  const opened = await app.openLibrary(config);
  try {
    return { explanation: explainFromTree(opened.tree, path, opened.placing), running: false };
  } finally {
    opened.close();
  }
}

function factOf(text: string): OverrideFact {
  const equals = text.indexOf('=');
  if (equals < 1) {
    throw new AppError('config', `"${text}" is no fact. Write it as kind=movie or "title=The Name".`);
  }
  return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
}

/** Writes down what the user says, has the running process follow it, and says where the file is now. */
async function correct(
  config: Config,
  path: string,
  facts: readonly OverrideFact[],
  { app, stdout, stderr }: CliDependencies,
): Promise<number> {
  checkFacts(facts);
  const opened = await app.openLibrary(config);
  try {
    const { tree } = opened;
    const targets = overrideTargets(opened, path);
    const node = nodeAtPath(tree, path);
    const before = node?.kind === 'file' ? placeOf(tree, node.content) : null;
    writeOverrides(config.overrides, targets, facts);
    const count = targets.length === 1 ? '' : ` (${targets.length} entries)`;
    stdout.write(`written to ${config.overrides}${count}\n`);
    try {
      await askRunning(config.stateDir, { method: 'POST', path: '/overrides', timeoutMs: placingPatienceMs });
    } catch (thrown) {
      if (!isNotRunning(thrown)) throw thrown;
      stderr.write('debridfs is not running: it follows this at its next start.\n');
      return 0;
    }
    if (node?.kind === 'file') stdout.write(`${moved(before, placeOf(tree, node.content))}\n`);
    return 0;
  } finally {
    opened.close();
  }
}

/** Where the library shows a content; null where it does not. */
function placeOf(tree: Tree, content: ContentId): string | null {
  const [place] = tree.places(content).flatMap(({ inode }) => pathOf(tree, inode) ?? []);
  return place === undefined || isRawPath(place) ? null : place;
}

function moved(before: string | null, now: string | null): string {
  if (now === null)
    return before === null ? 'it stays out of the library' : 'it is not in the library any more';
  return now === before ? `it stays at ${now}` : `it is now at ${now}`;
}
