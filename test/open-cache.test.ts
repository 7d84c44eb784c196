import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../src/core/logger.js';
import { BlockCache } from '../src/read/block-cache.js';
import { openCache } from '../src/open-cache.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debridfs-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is warned of where the cache cannot be opened. */
async function warningFor(laterUser: number | null): Promise<string> {
  writeFileSync(join(folder, 'file'), '');
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_facts: object, text: string) => void warnings.push(text) };
  const config = { dir: join(folder, 'file/cache'), maxSizeBytes: 2 ** 30, memoryBytes: 0, pinnedShare: 0.5 };
  const cache = await openCache(
    config,
    { memory: new BlockCache(2 ** 24), isUrgent: false, laterUser },
    logger,
  );
  await cache.close();
  return warnings.join();
}

it('a cache that the later user cannot use says to set cache.dir', async () => {
  expect(await warningFor(1000)).toMatch(
    /nothing is kept on disk: .*set cache\.dir to a folder that user 1000 owns/,
  );
  expect(await warningFor(null)).not.toContain('dropPrivileges');
});
