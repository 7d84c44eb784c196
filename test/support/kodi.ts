import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { TestContext } from 'vitest';
import { freePort, needs } from './clients.js';
import { within } from './mount-harness.js';
import { until } from './mounted-program.js';

/** A start takes 7 s on an idle machine. */
const startMs = 60_000;
const scraper = 'metadata.test';

/** A folder that Kodi has among its sources. */
export interface KodiSource {
  readonly path: string;
  readonly content: 'movies' | 'tvshows';
}

/** Skips a test, saying why, where Kodi or its screen is not installed. */
export async function needsKodi(context: TestContext): Promise<void> {
  await needs(context, (await kodiBinary()) ?? 'kodi.bin', 'kodi-bin');
  await needs(context, 'Xvfb', 'xvfb');
}

/** Debian's is in no folder of the path. */
async function kodiBinary(): Promise<string | null> {
  for (const folder of await readdir('/usr/lib').catch((): string[] => [])) {
    const files = await readdir(join('/usr/lib', folder, 'kodi')).catch((): string[] => []);
    if (files.includes('kodi.bin')) return join('/usr/lib', folder, 'kodi', 'kodi.bin');
  }
  return null;
}

/** Kodi on a screen that nobody sees. */
export class Kodi {
  readonly #home: string;
  readonly #port: number;
  readonly #processes: { readonly child: ChildProcess; readonly endBy: NodeJS.Signals }[] = [];

  private constructor(home: string, port: number) {
    this.#home = home;
    this.#port = port;
  }

  /**
   * Starts it, and waits until it answers.
   * @param home a folder that is made for it.
   */
  static async start(home: string, sources: readonly KodiSource[]): Promise<Kodi> {
    const kodi = new Kodi(home, await freePort());
    try {
      await kodi.#configure(sources);
      await kodi.#run();
      // What a user chooses in its dialogs for a source.
      await kodi.#setContents(sources);
      await kodi.ask('Addons.SetAddonEnabled', { addonid: scraper, enabled: true });
      return kodi;
    } catch (error) {
      await kodi.end();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Asks it by JSON-RPC. @throws {Error} when it refuses. */
  async ask<Result>(method: string, params: object = {}): Promise<Result> {
    const response = await fetch(`${this.url}/jsonrpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as { readonly result?: Result; readonly error?: object };
    if (answer.result === undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  /** Its films by title, each with the number that it keeps as long as it is in the library. */
  async films(): Promise<Readonly<Record<string, number>>> {
    type Film = { readonly label: string; readonly movieid: number };
    const { movies } = await this.ask<{ readonly movies: readonly Film[] }>('VideoLibrary.GetMovies');
    return Object.fromEntries(movies.map(({ label, movieid }) => [label, movieid]));
  }

  /** Its episodes, as `A Show 1x02`. */
  async episodes(): Promise<readonly string[]> {
    type Episode = { readonly showtitle: string; readonly season: number; readonly episode: number };
    const { episodes } = await this.ask<{ readonly episodes: readonly Episode[] }>(
      'VideoLibrary.GetEpisodes',
      { properties: ['showtitle', 'season', 'episode'] },
    );
    const names = episodes.map(
      ({ showtitle, season, episode }) => `${showtitle} ${season}x${String(episode).padStart(2, '0')}`,
    );
    return names.sort();
  }

  async shows(): Promise<readonly string[]> {
    const { tvshows } = await this.ask<{ readonly tvshows: readonly { readonly label: string }[] }>(
      'VideoLibrary.GetTVShows',
    );
    return tvshows.map(({ label }) => label).sort();
  }

  async end(): Promise<void> {
    for (const { child, endBy } of this.#processes.splice(0).reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill(endBy);
      await within(exited, 'end of Kodi');
    }
  }

  async #configure(sources: readonly KodiSource[]): Promise<void> {
    const userdata = join(this.#home, '.kodi', 'userdata');
    const addon = join(this.#home, '.kodi', 'addons', scraper);
    await mkdir(userdata, { recursive: true });
    await mkdir(addon, { recursive: true });
    const settings = {
      'services.webserver': true,
      'services.webserverport': this.#port,
      'services.webserverauthentication': false,
      'services.zeroconf': false,
      'services.esenabled': false,
      'general.addonupdates': 2,
    };
    const lines = Object.entries(settings).map(([id, value]) => `<setting id="${id}">${value}</setting>`);
    await writeFile(join(userdata, 'guisettings.xml'), `<settings version="2">${lines.join('')}</settings>`);
    const paths = sources.map(({ path }) => `<source><name>${path}</name><path>${path}/</path></source>`);
    await writeFile(join(userdata, 'sources.xml'), `<sources><video>${paths.join('')}</video></sources>`);
    const points = ['movies', 'tvshows'].map(
      (kind) => `<extension point="xbmc.metadata.scraper.${kind}" library="scraper.py"/>`,
    );
    await writeFile(
      join(addon, 'addon.xml'),
      `<addon id="${scraper}" name="Names" version="1.0.0" provider-name="debridfs">
<requires><import addon="xbmc.metadata" version="2.1.0"/><import addon="xbmc.python" version="3.0.0"/></requires>
${points.join('')}<extension point="xbmc.addon.metadata"><platform>all</platform></extension></addon>`,
    );
    const script = fileURLToPath(new URL('./kodi-scraper.py', import.meta.url));
    await copyFile(script, join(addon, 'scraper.py'));
  }

  async #run(): Promise<void> {
    const screen = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '640x360x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // Killed, it would leave the lock of its display.
    this.#processes.push({ child: screen, endBy: 'SIGTERM' });
    const [display] = (await within(once(screen.stdout, 'data'), 'screen')) as [Buffer];
    const kodi = spawn((await kodiBinary()) ?? 'kodi.bin', ['--standalone', '--windowing=x11'], {
      stdio: 'ignore',
      env: {
        ...process.env,
        HOME: this.#home,
        DISPLAY: `:${display.toString().trim()}`,
        LIBGL_ALWAYS_SOFTWARE: '1',
      },
    });
    this.#processes.push({ child: kodi, endBy: 'SIGKILL' });
    await until('answer of Kodi', async () => (await this.ask('JSONRPC.Ping')) === 'pong', startMs);
  }

  async #setContents(sources: readonly KodiSource[]): Promise<void> {
    const folder = join(this.#home, '.kodi', 'userdata', 'Database');
    const file = (await readdir(folder)).find((name) => /^MyVideos\d+\.db$/.test(name));
    const library = new Database(join(folder, file ?? 'MyVideos.db'), {
      fileMustExist: true,
      timeout: 10_000,
    });
    try {
      const insert = library.prepare(
        `INSERT INTO path (strPath, strContent, strScraper, scanRecursive, useFolderNames, strSettings, noUpdate, exclude)
         VALUES (?, ?, ?, ?, 1, '', 0, 0)`,
      );
      for (const { path, content } of sources)
        insert.run(`${path}/`, content, scraper, content === 'movies' ? 2 ** 31 - 1 : 0);
    } finally {
      library.close();
    }
  }
}
