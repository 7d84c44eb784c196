import type { Environment } from '../../config/interpolate.js';
import type { UserAndGroup } from '../../fuse/binding.js';
import { closedFolder } from '../../fuse/user-access.js';
import { quoteForShell } from '../format.js';
import { fail, ok, warn, type Finding } from './check.js';
import { findProgram, type Machine } from './machine.js';

/**
 * Whether the program of a `notify` command can be run. It is not run.
 * @param dropTo as whom it runs; null: as whoever runs this.
 */
export async function judgeProgram(
  program: string,
  machine: Machine,
  env: Environment,
  dropTo: UserAndGroup | null,
): Promise<Finding> {
  const remedy = 'Correct the first word of `command`: the whole path of a program.';
  const path = program.includes('/') ? program : await findProgram(machine, env, [program]);
  if (path === null) return fail('is in no folder of PATH', remedy);
  if (!path.startsWith('/'))
    return warn('is looked for in the folder in which debridfs is started, whichever that is', remedy);
  const { kind } = await machine.lookAt(path);
  if (kind === 'absent') return fail('is not there', remedy);
  if (kind === 'directory') return fail('is a folder', remedy);
  if (kind !== 'other') return fail(`cannot be looked at (${kind})`, 'See whether its disk or mount hangs.');
  return (
    (dropTo === null ? await closedToThis(path, machine) : await closedTo(dropTo, path, machine)) ??
    (await brokenScript(path, machine)) ??
    ok('can be run; it was not')
  );
}

async function closedToThis(path: string, machine: Machine): Promise<Finding | null> {
  if (await machine.mayUse(path, 'execute')) return null;
  return fail('may not be run', `Run: chmod +x ${quoteForShell(path)}`);
}

async function closedTo(user: UserAndGroup, path: string, machine: Machine): Promise<Finding | null> {
  // To the kernel, running a file and entering a folder are the same permission.
  const closed = await closedFolder(path, (at) => machine.userMay(user, 'enter', at));
  if (closed === null) return null;
  const who = `user ${user.uid} (mount.dropPrivileges)`;
  return closed === path
    ? fail(`may not be run by ${who}`, `Run: chmod a+rx ${quoteForShell(path)}`)
    : fail(`cannot be reached by ${who}, who may not enter ${closed}`, 'Put it where that user may go.');
}

/** The kernel runs what names its interpreter, as a shell does not ask for. */
async function brokenScript(path: string, machine: Machine): Promise<Finding | null> {
  const begin = await machine.beginOf(path);
  if (begin === null || begin.startsWith('\x7fELF')) return null;
  const [, interpreter] = /^#![ \t]*([^\s]+)/.exec(begin) ?? [];
  if (interpreter === undefined)
    return fail('does not say what runs it', 'Make its first line: #!/bin/sh (or what it is written for).');
  if (/^[^\n]*\r/.test(begin))
    return fail('has line ends of Windows', `Run: sed -i 's/\\r$//' ${quoteForShell(path)}`);
  if (await machine.mayUse(interpreter, 'execute')) return null;
  return fail(
    `is to be run by ${interpreter}, which is not there`,
    'Correct its first line, or install that.',
  );
}
