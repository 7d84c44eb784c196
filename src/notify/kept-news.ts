/** News as JSON, in which they outlive the process. */
import type { FileNews, FolderNews } from './news.js';

export function toJson({ folder, files }: FolderNews): unknown {
  return { folder, files: [...files] };
}

/** News that `toJson` gave; null for anything else. */
export function asFolderNews(json: unknown): FolderNews | null {
  if (typeof json !== 'object' || json === null || !('folder' in json) || !('files' in json)) return null;
  const { folder, files } = json;
  if (!isPath(folder) || !Array.isArray(files)) return null;
  const told = new Map<string, FileNews>();
  for (const pair of files as readonly unknown[]) {
    const [path, news] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (!isPath(path) || !path.startsWith(`${folder}/`) || !isFileNews(news)) return null;
    told.set(path, news);
  }
  return { folder, files: told };
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('/');
}

function isFileNews(value: unknown): value is FileNews {
  return value === 'added' || value === 'changed' || value === 'removed';
}
