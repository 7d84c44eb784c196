import { explainFromTree } from '../../server/explain-tree.js';
import { readRunFile } from '../../server/run-file.js';
import type { Explanation } from '../../server/surface.js';
import { configFor, type CommandSetup } from '../command.js';
import { askRunning, isNotRunning } from '../control-client.js';
import type { CliDependencies } from '../dependencies.js';
import { pathInTree } from '../mount-path.js';
import { renderExplanation } from '../render-explanation.js';

/** The process answers from its store; what is silent for longer is stuck. */
const patienceMs = 10_000;

/** `debridfs explain`: what a path is, who holds it, and what last went wrong with it. */
export function addExplain(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('explain')
    .argument('<path>', 'from the root of the mount')
    .option('--json', 'for programs')
    .option('--set <fact>', 'correct what was guessed (not yet)')
    .description("say what a file is, who holds it, its link's age and its last failure")
    .action(
      setup.run(async (path: string, options: { readonly json?: true; readonly set?: string }) => {
        if (options.set !== undefined) {
          dependencies.stderr.write('not yet: explain --set\n');
          return 1;
        }
        const { stateDir, mountpoint } = configFor(setup, 'places');
        const asked = pathInTree(path, readRunFile(stateDir)?.mountpoint ?? mountpoint, dependencies.cwd);
        const { explanation, running } = await find(stateDir, asked, dependencies);
        const text =
          options.json === true
            ? `${JSON.stringify(explanation, null, 2)}\n`
            : renderExplanation(explanation, dependencies.clock.now());
        dependencies.stdout.write(text);
        if (!running)
          dependencies.stderr.write('debridfs is not running: links and failures are not known.\n');
        return 0;
      }),
    );
}

/** From the running process, else from its store. */
async function find(
  stateDir: string,
  path: string,
  { app }: CliDependencies,
): Promise<{ readonly explanation: Explanation; readonly running: boolean }> {
  try {
    const query = `/explain?path=${encodeURIComponent(path)}`;
    const explanation = await askRunning<Explanation>(stateDir, {
      method: 'GET',
      path: query,
      timeoutMs: patienceMs,
    });
    return { explanation, running: true };
  } catch (thrown) {
    if (!isNotRunning(thrown)) throw thrown;
  }
  const opened = app.openTree(stateDir);
  try {
    return { explanation: explainFromTree(opened.tree, path), running: false };
  } finally {
    opened.close();
  }
}
