import type { Config } from '../../config/config.js';
import { toAppError } from '../../core/errors.js';
import type { App } from '../dependencies.js';
import { formatBytes } from '../format.js';
import { fail, ok, warn, type Check, type Finding } from './check.js';
import { nearestFolder, type Machine } from './machine.js';

/** Room for the library's file and its log of writes, with some to spare: 100,000 files take about 100 MB. */
const minStateBytes = 256 * 2 ** 20;

/** The folder that debridfs writes to: permissions and room. */
export function folderChecks(machine: Machine, { stateDir }: Config, app: Pick<App, 'openTree'>): Check[] {
  return [
    {
      name: 'state folder',
      run: async () => {
        const mode = await machine.modeOf(stateDir);
        if (mode === null) return absentFolder(machine, stateDir);
        if (!(await machine.mayUse(stateDir, 'read-write'))) return notWritable(stateDir);
        return (mode & 0o077) === 0
          ? ok(stateDir)
          : warn(`${stateDir} can be entered by others`, `Run: chmod 700 ${stateDir}`);
      },
    },
    { name: 'library', run: () => Promise.resolve(libraryIn(stateDir, app)) },
    {
      name: 'room for the library',
      run: async () => {
        const free = await freeBytes(machine, stateDir);
        if (free === null || free >= minStateBytes)
          return ok(`${free === null ? 'unknown' : formatBytes(free)} free`);
        return fail(`only ${formatBytes(free)} free at ${stateDir}`, 'Free some space, or move stateDir.');
      },
    },
  ];
}

function libraryIn(stateDir: string, app: Pick<App, 'openTree'>): Finding {
  try {
    app.openTree(stateDir).close();
    return ok('can be read');
  } catch (thrown) {
    const error = toAppError(thrown);
    return error.code === 'not-found' ? ok('comes with the first mount') : fail(error.message, '');
  }
}

function notWritable(folder: string): Finding {
  return fail(
    `${folder} may not be written`,
    `Give it to the user that runs debridfs: chown -R USER ${folder}`,
  );
}

/** A folder that does not exist yet is made at the first start, where that may be done. */
async function absentFolder(machine: Machine, folder: string): Promise<Finding> {
  const above = await nearestFolder(machine, folder);
  if (await machine.mayUse(above, 'read-write')) return ok(`${folder} will be created`);
  return fail(`${folder} is missing and cannot be created`, `Create it for the user that runs debridfs.`);
}

async function freeBytes(machine: Machine, folder: string): Promise<number | null> {
  return machine.freeBytes(await nearestFolder(machine, folder));
}
