import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** A file of the status page. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const;

/** What a browser loads, by the path that it asks for; charts are drawn by the package uPlot. */
const places: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/page/page.css': 'page.css',
  '/page/icon.svg': 'icon.svg',
  '/page/page.js': 'page.js',
  '/page/account-card.js': 'account-card.js',
  '/page/view.js': 'view.js',
  '/page/charts.js': 'charts.js',
  '/page/browse.js': 'browse.js',
};
const packaged: Readonly<Record<string, string>> = {
  '/page/uplot.js': 'uplot/dist/uPlot.esm.js',
  '/page/uplot.css': 'uplot/dist/uPlot.min.css',
};

/**
 * The files of the status page. Each is read once: after an upgrade the page stays the one that this process, which is still the old
 * program, knows how to answer.
 */
export class PageFiles {
  readonly #folder: URL;
  readonly #read = new Map<string, PageFile>();

  /** @param folder that holds them, with a slash at its end. */
  constructor(folder = new URL('./page/', import.meta.url)) {
    this.#folder = folder;
  }

  /** The file for a path; undefined where there is none. @throws the system's error where it cannot be read. */
  async file(path: string): Promise<PageFile | undefined> {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const file = this.#fileOf(path);
    if (file === undefined) return undefined;
    const kind = /\.(html|css|js|svg)$/.exec(file)?.[1] as keyof typeof types;
    const read = { type: `${types[kind]}; charset=utf-8`, text: await readFile(file, 'utf8') };
    this.#read.set(path, read);
    return read;
  }

  /** Reads all of them. Never rejects: what cannot be read now is read when it is asked for. */
  async load(): Promise<void> {
    const paths = [...Object.keys(places), ...Object.keys(packaged)];
    await Promise.all(paths.map((path) => this.file(path).catch(() => undefined)));
  }

  #fileOf(path: string): string | undefined {
    if (Object.hasOwn(places, path)) return fileURLToPath(new URL(String(places[path]), this.#folder));
    if (Object.hasOwn(packaged, path)) return createRequire(import.meta.url).resolve(String(packaged[path]));
    return undefined;
  }
}

/** Those of this program. */
export const pageFiles = new PageFiles();
