import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLogger } from '../src/core/logger.js';
import { rootInode } from '../src/core/tree.js';
import { processHistory } from '../src/process-surface.js';
import { nodeAtPath } from '../src/core/tree-path.js';
import { openSyncing } from '../src/syncing.js';
import type { TreeMount } from '../src/tree-mount.js';
import { openedParts } from './support/opened-parts.js';

it('what is published while the tree is being mounted is told to media servers afterwards', async () => {
  const { config, parts, closers } = await openedParts('notify: [{ kind: command, command: ["true"] }]');
  const treeMount = {
    report: { state: 'waiting' },
    changed: () => Promise.resolve(),
    told: () => Promise.resolve(),
  } as unknown as TreeMount;
  const history = processHistory(config, parts);
  const { notifiers, onChanges } = await openSyncing(
    config,
    parts,
    treeMount,
    history,
    silentLogger,
    closers,
  );
  const movies = nodeAtPath(parts.tree, '/movies');
  const folder = parts.tree.children(movies?.inode ?? rootInode, 0n, 1)[0];
  const film = parts.tree.children(folder?.inode ?? rootInode, 0n, 1)[0];
  if (film?.kind !== 'file') throw new Error('There is no film.');
  onChanges([{ kind: 'added', parent: film.parent, name: film.name, inode: film.inode, directory: false }]);
  expect(notifiers?.reports).toMatchObject([{ pending: 1, told: 0 }]);
  expect(readFileSync(join(config.stateDir, 'notify.json'), 'utf8')).toContain('Film (2001)');
});
