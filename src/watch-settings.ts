import type { Closers } from './closers.js';
import type { Config } from './config/config.js';
import { readOverrides } from './config/overrides-file.js';
import { toAppError } from './core/errors.js';
import type { Logger } from './core/logger.js';
import type { Parts } from './parts.js';
import type { SyncEngine } from './sync/engine.js';
import type { TreeMount } from './tree-mount.js';
import { watchTextFile } from './watch-text-file.js';

/**
 * Takes up what changes in the files beside the configuration while it runs: the user's overrides, and the accounts' tokens.
 * @returns what reads the overrides now; resolves once the tree follows them.
 */
export function watchSettings(
  { overrides: file, accounts }: Pick<Config, 'overrides' | 'accounts'>,
  {
    overrides,
    engine,
    treeMount,
    reader,
    logger,
  }: Pick<Parts, 'overrides'> & {
    readonly reader: Pick<Parts['reader'], 'tokenChanged'>;
    readonly engine: Pick<SyncEngine, 'setOverrides' | 'syncAccount'>;
    readonly treeMount: Pick<TreeMount, 'told'>;
    readonly logger: Logger;
  },
  closers: Closers,
): () => Promise<void> {
  const reload = async (): Promise<void> => {
    const read = readOverrides(file);
    await engine.setOverrides(read);
    // Not before: where the tree stays as it was, what explains it does so too.
    overrides.current = read;
    await treeMount.told();
  };
  const unwatch = watchTextFile(file, () => {
    reload().then(
      () => logger.info({ file }, 'overrides were read anew'),
      (error: unknown) => {
        // Read while the program ends: the next start reads them.
        if (toAppError(error).code === 'aborted') return;
        logger.error({ err: error }, 'overrides stay as they were');
      },
    );
  });
  closers.add(unwatch);
  for (const { name, keptIn } of accounts) {
    if (keptIn === null) continue;
    const askAgain = (): void => {
      logger.info({ account: name }, 'its token was changed: it is asked again');
      reader.tokenChanged(name);
      // What comes of it is told as of every round.
      engine.syncAccount(name).catch(() => undefined);
    };
    closers.add(watchTextFile(keptIn, askAgain));
  }
  return reload;
}
