import {
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replaceFile } from '../../src/core/replace-file.js';
import { temporaryFolder } from '../support/library.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

it.each([true, false])('a link planted where a file is made is not followed (flush: %s)', (flush) => {
  const file = join(folder.path, 'notify.json');
  const others = join(folder.path, 'others');
  writeFileSync(others, 'of somebody else', { mode: 0o644 });
  symlinkSync(others, `${file}.new`);
  replaceFile(file, 'news', { mode: 0o600, flush });
  expect(readFileSync(others, 'utf8')).toBe('of somebody else');
  expect(statSync(others).mode & 0o777).toBe(0o644);
  expect(lstatSync(file).isFile()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('news');
  expect(readdirSync(folder.path).sort()).toEqual(['notify.json', 'others']);
});

it.runIf(process.getuid?.() === 0)('a file that root writes belongs to whose folder it is in', () => {
  const file = join(folder.path, 'notify.json');
  chownSync(folder.path, 1234, 1235);
  replaceFile(file, 'news');
  expect(statSync(file)).toMatchObject({ uid: 1234, gid: 1235 });
  chownSync(file, 1236, 1237);
  replaceFile(file, 'more news');
  expect(statSync(file)).toMatchObject({ uid: 1236, gid: 1237 });
});
