import type { Config } from './config/config.js';
import { readOverrides } from './config/overrides-file.js';
import { toAppError, type AppError } from './core/errors.js';
import type { Overrides } from './library/overrides.js';
import type { LibraryRules } from './sync/library-views.js';

/** The overrides of the file; null where they cannot be understood. A slip there must not keep the library from being mounted. */
export function understood(
  config: Config,
  report: (error: AppError) => void = () => undefined,
): Overrides | null {
  try {
    return readOverrides(config.overrides);
  } catch (thrown) {
    report(toAppError(thrown));
    return null;
  }
}

/** What the configuration says about placing. */
export function libraryRules({ tree, folders }: Config): LibraryRules {
  return { anime: tree.anime, versions: tree.versions, idTags: tree.idTags, folders };
}
