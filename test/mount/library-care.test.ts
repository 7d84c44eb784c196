import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { libraryFiles } from '../../src/store/library-files.js';
import { FakeClock } from '../support/fake-clock.js';
import { complete, file, item, openLibrary, temporaryFolder } from '../support/library.js';
import { within } from '../support/mount-harness.js';

const built = (path: string): string => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

it('a library is copied in a thread of its own, which does not keep the program from its end', async () => {
  const library = openLibrary(folder.path, new FakeClock());
  const name = 'Film.2001.1080p.BluRay.x264-GRP';
  library.librarian.applyListing('rd', 'torrents', complete(item('1', name, [file(`${name}.mkv`)])), 0);
  library.librarian.markPublished();
  library.close();
  const script = `
    import { systemClock } from ${built('core/clock.js')};
    import { startLibraryCare } from ${built('store/library-care.js')};
    const say = (facts, message) => console.log(message);
    const logger = { trace: say, debug: say, info: say, warn: say, error: say };
    const clock = { ...systemClock, now: () => Date.now(), sleep: (ms, signal) => systemClock.sleep(ms / 1000, signal) };
    const stop = startLibraryCare({ stateDir: ${JSON.stringify(folder.path)}, clock, logger, onDamage: say, onUnmended: () => undefined });
    setTimeout(stop, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  const [code] = (await within(once(child, 'close'), 'its end')) as [number | null];
  expect({ code, said }).toEqual({ code: 0, said: 'the library was copied\n' });
  expect(statSync(libraryFiles(folder.path).copy).size).toBeGreaterThan(4096);
});
