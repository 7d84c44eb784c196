import { describe, expect, it } from 'vitest';
import { demoLinks, demoWorld } from '../../src/emulator/demo-world.js';
import { parseLinks } from '../../src/config/links-file.js';
import { startWhole } from '../support/whole-library.js';

/** Bytes that a scanner looks at, at each end of a file. */
const looked = 64 * 1024;

describe('every service together', () => {
  it('contract 13: a scan of everything buys, adds, selects and deletes nothing, and asks for one link a file at most', async () => {
    const { links } = parseLinks(demoLinks);
    const library = await startWhole({
      world: demoWorld,
      ownLinks: { read: () => Promise.resolve({ links, isComplete: true }) },
    });
    const { emulator, engine, files, node, read } = library;
    await expect.poll(() => files('movies/').join('\n'), { timeout: 15_000 }).toContain('Hero (2018)');
    await engine.archivesSettled();
    const scan = async (): Promise<readonly string[]> => {
      const refused: string[] = [];
      for (const path of files('').filter((each) => !each.startsWith('.'))) {
        const { size } = node(path);
        for (const offset of [0, Math.max(0, size - looked)]) {
          const bytes = await read(path, offset, Math.min(looked, size)).catch((error: unknown) => {
            expect(error).toMatchObject({ code: 'not-bought' });
            return null;
          });
          if (bytes === null) refused.push(path);
        }
      }
      return [...new Set(refused)];
    };
    const unbought = await scan();
    expect(unbought.length).toBeGreaterThan(0);
    expect(unbought.every((path) => path.includes('Charge'))).toBe(true);
    expect(emulator.log.destructive()).toEqual([]);
    const asked = new Map<string, number>();
    const linkCalls = emulator.log.entries.filter(({ path }) =>
      /unrestrict\/link|link\/unlock|requestdl/.test(path),
    );
    for (const { account, path, query, body } of linkCalls) {
      const what = `${account ?? ''} ${path} ${query} ${body}`;
      asked.set(what, (asked.get(what) ?? 0) + 1);
    }
    expect(asked.size).toBeGreaterThan(15);
    expect([...asked].filter(([, times]) => times > 1)).toEqual([]);

    const before = linkCalls.length;
    await scan();
    expect(emulator.log.count({ path: /unrestrict\/link|link\/unlock|requestdl/ })).toBe(before);
  });
});
