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

/** The file for a path; undefined where there is none. @throws the system's error where it cannot be read. */
export async function pageFile(path: string): Promise<PageFile | undefined> {
  const file = fileOf(path);
  if (file === undefined) return undefined;
  const kind = /\.(html|css|js|svg)$/.exec(file)?.[1] as keyof typeof types;
  return { type: `${types[kind]}; charset=utf-8`, text: await readFile(file, 'utf8') };
}

function fileOf(path: string): string | undefined {
  if (Object.hasOwn(places, path))
    return fileURLToPath(new URL(`./page/${String(places[path])}`, import.meta.url));
  if (Object.hasOwn(packaged, path)) return createRequire(import.meta.url).resolve(String(packaged[path]));
  return undefined;
}
