import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import type { OpenedLibrary } from './cli/dependencies.js';
import { libraryRules, understood } from './placing-settings.js';
import { Meta } from './store/meta.js';
import { openTree } from './store/open.js';
import { versionsBelow } from './store/versions.js';
import { PlacingReports } from './sync/placing-reports.js';
import { storedOverrides } from './sync/publisher.js';

/**
 * The library of a state folder without a running process.
 * @throws {AppError} what `openTree` throws.
 */
export function openLibrary(config: Config): OpenedLibrary {
  const opened = openTree(config.stateDir);
  const overrides = understood(config) ?? storedOverrides(new Meta(opened.db));
  const reports = new PlacingReports(opened.db, libraryRules(config), () => overrides, systemClock);
  return {
    tree: opened.tree,
    placing: (torrent, content) => reports.of(torrent, content),
    placed: (torrent) => reports.files(torrent),
    versionsBelow: ({ inode }) => versionsBelow(opened.db, inode),
    close: () => opened.close(),
  };
}
