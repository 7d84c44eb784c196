import type { Config } from '../../config/config.js';
import { LinksFiles, ownLinksPath } from '../../config/links-files.js';
import { readOverrides } from '../../config/overrides-file.js';
import type { Clock } from '../../core/clock.js';
import { toAppError } from '../../core/errors.js';
import { silentLogger } from '../../core/logger.js';
import type { UserAndGroup } from '../../fuse/binding.js';
import { closedFolder } from '../../fuse/user-access.js';
import type { App } from '../dependencies.js';
import { formatBytes, formatCount, quoteForShell } from '../format.js';
import { fail, ok, warn, type Check, type Finding } from './check.js';
import { nearestFolder, type Machine } from './machine.js';

/** Room for the library, its log of writes, its copy and the next one, with some to spare: 100,000 files take about 140 MB each. */
const minStateBytes = 512 * 2 ** 20;

/** The folders that debridfs writes to: permissions and room. */
export function folderChecks(
  machine: Machine,
  config: Config,
  app: Pick<App, 'openTree'>,
  clock: Clock,
): Check[] {
  const { stateDir, cache, mount } = config;
  return [
    {
      name: 'state folder',
      run: async () => {
        const found = await obstacle(machine, stateDir, 'stateDir', mount.dropTo);
        const mode = await machine.modeOf(stateDir);
        if (found !== null || mode === null) return found ?? present(machine, stateDir);
        return (mode & 0o077) === 0
          ? ok(stateDir)
          : warn(`${stateDir} can be entered by others`, `Run: chmod 700 ${stateDir}`);
      },
    },
    { name: 'library', run: () => Promise.resolve(libraryIn(stateDir, app)) },
    { name: 'overrides', run: () => Promise.resolve(overridesIn(config.overrides)) },
    { name: 'links', run: () => linksIn(config, clock) },
    {
      name: 'room for the library',
      run: async () => {
        const free = await freeBytes(machine, stateDir);
        if (free === null || free >= minStateBytes)
          return ok(`${free === null ? 'unknown' : formatBytes(free)} free`);
        return fail(`only ${formatBytes(free)} free at ${stateDir}`, 'Free some space, or move stateDir.');
      },
    },
    {
      name: 'cache folder',
      run: async () => {
        if (cache.maxSizeBytes === 0) return ok('not used: cache.maxSize is 0');
        return (await obstacle(machine, cache.dir, 'cache.dir', mount.dropTo)) ?? present(machine, cache.dir);
      },
    },
  ];
}

/**
 * What keeps the user who will serve from writing to a folder, or from making it; null: nothing does.
 * @param dropTo whom the process becomes; null: whoever runs this.
 */
async function obstacle(
  machine: Machine,
  folder: string,
  key: string,
  dropTo: UserAndGroup | null,
): Promise<Finding | null> {
  const owner = await machine.ownerOf(folder);
  const nearest = await nearestFolder(machine, folder);
  if (owner === null && !(await machine.mayUse(nearest, 'read-write'))) {
    return fail(
      `${folder} is missing and cannot be created`,
      `Create it for the user that runs debridfs, or set ${key}.`,
    );
  }
  if (dropTo === null) {
    return owner === null || (await machine.mayUse(folder, 'read-write')) ? null : notWritable(folder);
  }
  const { uid, gid } = dropTo;
  if (owner !== null && owner !== uid) {
    return fail(
      `${folder} belongs to user ${owner}, and must belong to user ${uid} (mount.dropPrivileges)`,
      `Run: chown -R ${uid}:${gid} ${quoteForShell(folder)}`,
    );
  }
  const closed = await closedFolder(nearest, (path) => machine.userMay(dropTo, 'enter', path));
  if (closed !== null) {
    return fail(
      `${folder} cannot be reached by user ${uid} (mount.dropPrivileges), who may not enter ${closed}`,
      `Set ${key} to a folder of that user.`,
    );
  }
  const isClosed = owner !== null && (await machine.userMay(dropTo, 'write', folder)) === false;
  return isClosed ? fail(`${folder} may not be written`, `Run: chmod u+rwx ${quoteForShell(folder)}`) : null;
}

async function present(machine: Machine, folder: string): Promise<Finding> {
  return ok((await machine.modeOf(folder)) === null ? `${folder} will be created` : folder);
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

function overridesIn(file: string): Finding {
  try {
    const { size } = readOverrides(file);
    return ok(size === 0 ? 'none' : `${formatCount(size, 'torrent')} in ${file}`);
  } catch (thrown) {
    return fail(toAppError(thrown).message, 'Correct these: until then, what was understood before holds.');
  }
}

async function linksIn({ links, stateDir }: Config, clock: Clock): Promise<Finding> {
  const files = new LinksFiles(links, ownLinksPath(stateDir), clock, silentLogger);
  const { links: told } = await files.read();
  if (files.problems.length > 0)
    return fail(files.problems.join(' '), 'Correct these: until then, what was understood before holds.');
  return ok(told.length === 0 ? 'none' : `${told.length} of your own`);
}

function notWritable(folder: string): Finding {
  return fail(
    `${folder} may not be written`,
    `Give it to the user that runs debridfs: chown -R USER ${folder}`,
  );
}

async function freeBytes(machine: Machine, folder: string): Promise<number | null> {
  return machine.freeBytes(await nearestFolder(machine, folder));
}
