import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { TestContext } from 'vitest';
import { run, within } from './mount-harness.js';

/** Where Debian has its servers, which not every user's path tells. */
const path = `${process.env['PATH'] ?? ''}:/usr/sbin`;

/** Skips a test, saying why, where a client is not installed. */
export async function needs(context: TestContext, client: string, debianPackage: string): Promise<void> {
  const { code } = await run('env', `PATH=${path}`, 'sh', '-c', `command -v ${client}`);
  if (code !== 0) context.skip(`${client} is not installed (Debian: ${debianPackage})`);
}

/** A video as minidlna lists it below the folders that it was given. */
export interface ListedVideo {
  readonly path: string;
  /** As a television shows it. */
  readonly title: string;
  /** Bytes. */
  readonly size: number;
  /** Null where it could not tell. */
  readonly seconds: number | null;
}

/**
 * Has minidlna scan folders, each for its videos.
 * @param state a folder that is made for it, and removed when all went well.
 * @returns every entry of its listing, in the order of their paths.
 */
export async function scanWithMinidlna(
  state: string,
  folders: readonly string[],
): Promise<readonly ListedVideo[]> {
  const server = await Minidlna.start(state, folders, false);
  await server.end();
  const listed = server.listed();
  await rm(state, { recursive: true });
  return listed;
}

/** minidlna, which has scanned its folders. */
export class Minidlna {
  readonly #state: string;
  readonly #server: ChildProcess;

  private constructor(state: string, server: ChildProcess) {
    this.#state = state;
    this.#server = server;
  }

  /**
   * @param state a folder that is made for it.
   * @param watches whether it learns by inotify what happens in its folders.
   */
  static async start(state: string, folders: readonly string[], watches: boolean): Promise<Minidlna> {
    await mkdir(state);
    const config = join(state, 'minidlna.conf');
    const lines = [
      ...folders.map((folder) => `media_dir=V,${folder}`),
      `port=${await freePort()}`,
      `db_dir=${state}`,
      `log_dir=${state}`,
      `inotify=${watches ? 'yes' : 'no'}`,
      'network_interface=lo',
    ];
    await writeFile(config, lines.join('\n'));
    const server = spawn('minidlnad', ['-f', config, '-P', join(state, 'pid'), '-S', '-R'], {
      stdio: 'ignore',
      env: { ...process.env, PATH: path },
    });
    const minidlna = new Minidlna(state, server);
    try {
      await within(endOfScan(server, join(state, 'minidlna.log')), 'end of the scan');
      return minidlna;
    } catch (error) {
      await minidlna.end();
      throw error;
    }
  }

  /** Every entry of its listing, in the order of their paths. */
  listed(): readonly ListedVideo[] {
    return listedIn(join(this.#state, 'files.db'));
  }

  /** How many folders it watches. */
  async watched(): Promise<number> {
    const files = `/proc/${this.#server.pid ?? 0}/fdinfo`;
    const texts = (await readdir(files)).map((name) => readFile(join(files, name), 'utf8').catch(() => ''));
    return (await Promise.all(texts)).join('').split('inotify wd:').length - 1;
  }

  /** Ends it; it ends the process that scans for it. */
  async end(): Promise<void> {
    if (this.#server.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#server.once('exit', resolve));
    this.#server.kill('SIGTERM');
    await within(exited, 'end of minidlna');
  }
}

/** @throws {Error} with its log when it ends before. */
async function endOfScan(server: ChildProcess, log: string): Promise<void> {
  for (;;) {
    const text = await readFile(log, 'utf8').catch(() => '');
    if (text.includes('Finished parsing')) return;
    if (server.exitCode !== null) throw new Error(`minidlna ended with ${server.exitCode}:\n${text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What is below "Browse Folders", which has the number 64: its other lists name the same videos again. */
function listedIn(database: string): readonly ListedVideo[] {
  const files = new Database(database, { readonly: true });
  try {
    const rows = files
      .prepare<[], { path: string; title: string; size: number; duration: string | null }>(
        `SELECT d.PATH AS path, o.NAME AS title, d.SIZE AS size, d.DURATION AS duration
         FROM OBJECTS o JOIN DETAILS d ON d.ID = o.DETAIL_ID
         WHERE o.CLASS LIKE 'item.%' AND o.OBJECT_ID LIKE '64$%' ORDER BY d.PATH`,
      )
      .all();
    return rows.map(({ duration, ...row }) => ({
      ...row,
      seconds: duration === null ? null : secondsOf(duration),
    }));
  } finally {
    files.close();
  }
}

/** @param duration as `0:00:08.023`. */
function secondsOf(duration: string): number {
  return duration.split(':').reduce((sum, digits) => sum * 60 + Number(digits), 0);
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
