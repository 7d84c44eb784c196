import { fstatSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '../core/clock.js';
import type { KeptDevice } from '../fuse/keeper/kept-device.js';
import type { App, CliDependencies } from './dependencies.js';
import { thisMachine } from './doctor/machine.js';
import { quoteForShell } from './format.js';

/** The commands' surroundings as this process has them. */
export function processDependencies(app: App, kept: KeptDevice | undefined): CliDependencies {
  return {
    version: ownVersion(),
    self: ownCall(process.argv[1] ?? '', process.cwd()),
    stdin: () => process.stdin,
    stdout: process.stdout,
    stderr: Object.assign(process.stderr, { isJournal: isJournal(process.env['JOURNAL_STREAM']) }),
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    temporary: tmpdir(),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    clock: systemClock,
    kept,
    signals: process,
    ask: process.stdin.isTTY && process.stdout.isTTY ? askAtTerminal : null,
    onCrash: (tell) => {
      process.on('uncaughtException', (thrown: unknown) => {
        tell(thrown);
        process.exit(1);
      });
    },
    machine: thisMachine,
    app,
  };
}

/** Null where the input ended, or Ctrl-C was pressed. */
async function askAtTerminal(question: string): Promise<string | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)));
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.close();
  }
}

/**
 * How to call this program again from the same folder.
 * @param script what Node runs, or the link to it.
 */
export function ownCall(script: string, cwd: string): string {
  if (basename(script) === 'debridfs') return 'debridfs';
  const near = relative(cwd, script);
  return `node ${quoteForShell(near.startsWith('..') ? script : near)}`;
}

/** Whether standard error is the stream that systemd named: device and inode (documented: systemd.exec(5)). */
function isJournal(named: string | undefined): boolean {
  if (named === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
