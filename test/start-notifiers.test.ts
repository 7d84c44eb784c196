import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { renderStatus } from '../src/cli/render-status.js';
import { silentLogger } from '../src/core/logger.js';
import type { Tree } from '../src/core/tree.js';
import type { MountState } from '../src/server/surface.js';
import { startNotifiers } from '../src/start-notifiers.js';
import { change, tree } from './notify/changes.js';
import { emptyStatus } from './server/fake-surface.js';

it('the status says for what a media server waits that is not told: the mount, or the accounts that hold a loss', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'debridfs-notify-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  const hook = { kind: 'command', url: null, token: null, command: ['x'], pathMap: {} } as const;
  const mount = { ...emptyStatus.mount, state: 'waiting' as MountState };
  const loss = { accountsWithLoss: ['rd', 'tb'] };
  const notifiers = await startNotifiers(
    { notify: [hook], stateDir },
    {
      mountpoint: '/mnt',
      tree: tree as Tree,
      engine: loss,
      treeMount: { report: mount },
      logger: silentLogger,
    },
  );
  onTestFinished(() => notifiers.stop());
  const line = (): string => {
    const text = renderStatus({ ...emptyStatus, notify: notifiers.reports, server: null }, 0);
    return text.slice(text.indexOf('notify '));
  };
  expect(line()).toBe('notify    command x: not told since the start\n');
  notifiers.changed([change('added', 11n, 'A Film (2020).mkv', 2n)]);
  const told = 'notify    command x: not told since the start, 1 folder still to tell\n';
  expect(line()).toBe(`${told}          It waits until the tree is mounted.\n`);
  mount.state = 'mounted';
  expect(line()).toBe(
    `${told}          It waits for accounts "rd" and "tb", whose loss is not believed yet.\n`,
  );
  loss.accountsWithLoss = ['rd'];
  expect(line()).toContain('for account "rd", whose');
  loss.accountsWithLoss = [];
  expect(line()).toBe(told);
});
