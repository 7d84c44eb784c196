import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import type { Logger } from './core/logger.js';
import { replaceFile } from './core/replace-file.js';
import { nodeAtPath } from './core/tree-path.js';
import type { Tree } from './core/tree.js';
import type { Notifiers } from './notify/notifiers.js';
import type { SyncEngine } from './sync/engine.js';
import type { TreeMount } from './tree-mount.js';

/** Starts telling media servers; what it takes is loaded only where there are any. */
export async function startNotifiers(
  { notify, stateDir }: Pick<Config, 'notify' | 'stateDir'>,
  parts: {
    readonly mountpoint: string;
    readonly tree: Tree;
    readonly engine: Pick<SyncEngine, 'accountsWithLoss'>;
    readonly treeMount: Pick<TreeMount, 'report'>;
    readonly logger: Logger;
  },
): Promise<Notifiers> {
  const { Notifiers } = await import('./notify/notifiers.js');
  const { mountpoint, tree, engine, treeMount, logger } = parts;
  const file = join(stateDir, 'notify.json');
  const notifiers = new Notifiers({
    targets: notify.map((target) => ({
      ...target,
      url: target.url?.reveal() ?? null,
      token: target.token?.reveal() ?? null,
    })),
    mountpoint,
    tree,
    exists: (path) => nodeAtPath(tree, path) !== undefined,
    waitsFor: () => waitsFor(treeMount.report.state === 'mounted', engine.accountsWithLoss),
    file: {
      load: () => (existsSync(file) ? readFileSync(file, 'utf8') : null),
      // Not flushed to the disk: this thread serves the kernel, and a power cut loses a word, not a file.
      save: (text) => replaceFile(file, text, { mode: 0o600, flush: false }),
    },
    clock: systemClock,
    logger,
  });
  notifiers.start();
  return notifiers;
}

/** Media servers forget what they do not find, so nobody has them look at a tree that lacks something. */
function waitsFor(isMounted: boolean, accountsWithLoss: readonly string[]): string | null {
  if (!isMounted) return 'It waits until the tree is mounted.';
  if (accountsWithLoss.length === 0) return null;
  const names = accountsWithLoss.map((name) => `"${name}"`).join(' and ');
  return `It waits for ${accountsWithLoss.length === 1 ? 'account' : 'accounts'} ${names}, whose loss is not believed yet.`;
}
