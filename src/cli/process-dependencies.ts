import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { systemClock } from '../core/clock.js';
import type { App, CliDependencies } from './dependencies.js';
import { thisMachine } from './doctor/machine.js';

/** The commands' surroundings as this process has them. */
export function processDependencies(app: App): CliDependencies {
  return {
    version: ownVersion(),
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    clock: systemClock,
    signals: process,
    machine: thisMachine,
    app,
  };
}

function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
