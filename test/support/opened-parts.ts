import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Closers } from '../../src/closers.js';
import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/logger.js';
import type { FirstParts } from '../../src/first-parts.js';
import { openParts, type Parts } from '../../src/parts.js';
import { Counts } from '../../src/server/counts.js';
import { FakeClock } from './fake-clock.js';
import { complete, file, inThisThread, item, openLibrary, temporaryFolder } from './library.js';

/** A configuration to mount with, of one account that nobody asks. @param settings more lines of it. */
export function mountConfig(folder: string, settings = ''): Config {
  const path = join(folder, 'config.yaml');
  const account = '{ name: rd, service: real-debrid, token: a-token-of-nobody }';
  const places = `mountpoint: ${join(folder, 'mnt')}\nstateDir: ${join(folder, 'state')}\n`;
  writeFileSync(path, `${places}cache: { maxSize: 0 }\naccounts: [${account}]\n${settings}\n`, {
    mode: 0o600,
  });
  return loadConfig({
    flags: [],
    env: {},
    cwd: folder,
    home: folder,
    uid: 0,
    gid: 0,
    file: path,
    need: 'mount',
  });
}

/** What a process has open over a library of one film, before it mounts; it ends with its test. */
export interface OpenedParts {
  readonly config: Config;
  readonly parts: Parts;
  readonly closers: Closers;
}

/** @param change is done to the library before it is opened. */
export async function openedParts(
  settings = '',
  change: (stateDir: string) => void = () => undefined,
): Promise<OpenedParts> {
  const folder = temporaryFolder();
  const config = mountConfig(folder.path, settings);
  const { stateDir, mountpoint } = config;
  const library = openLibrary(stateDir, new FakeClock());
  const film = item('1', 'Film.2001.1080p.WEB', [file('Film.2001.1080p.WEB.mkv')]);
  library.librarian.applyListing('rd', 'torrents', complete(film), 0);
  library.close();
  change(stateDir);
  const closers = new Closers(systemClock, silentLogger);
  onTestFinished(async () => {
    await closers.closeAll();
    folder.remove();
  });
  const signal = new AbortController().signal;
  const context = { logger: silentLogger, scrub: (text: string) => text, version: '0', signal };
  const first = { mountpoint, overrides: new Map(), library: inThisThread(library), counts: new Counts() };
  const parts = await openParts(config, context, first as unknown as FirstParts, closers);
  return { config, parts, closers };
}
