/** Whether the npm packages that are installed are those of the lock file. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

/**
 * Compares what the two files say, not when they were written: a checkout or a copy makes a lock file look newer than what was
 * installed by it. Optional packages may be missing, such as those of other systems.
 * @param lockFile `package-lock.json`. @param installed what npm writes into `node_modules` when it has finished.
 */
export function samePackages(lockFile, installed) {
  const [wanted, there] = [lockFile, installed].map(packagesOf);
  if (wanted === null || there === null) return false;
  const names = new Set([...Object.keys(wanted), ...Object.keys(there)]);
  names.delete(''); // The project itself.
  return [...names].every((name) => {
    if (there[name] === undefined) return wanted[name].optional === true;
    return isDeepStrictEqual(there[name], wanted[name]);
  });
}

/** Null where the file is missing or no lock file. */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}
