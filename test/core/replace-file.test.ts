import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cannotWrite, replaceFile } from '../../src/core/replace-file.js';
import { temporaryFolder } from '../support/library.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

it('a file that cannot be written says what stands in its way, and not that its permissions do', () => {
  const taken = join(folder.path, 'taken');
  mkdirSync(taken);
  expect(() => replaceFile(taken, 'x')).toThrow(/taken cannot be written \(E\w+\)\. It is a folder\./);
  writeFileSync(join(folder.path, 'file'), '');
  expect(() => replaceFile(join(folder.path, 'file/below'), 'x')).toThrow(
    /\(E\w+\)\. What should be its folder is none\./,
  );
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  expect(cannotWrite('/state/run.json', full).message).toBe(
    '/state/run.json cannot be written (ENOSPC). Make room on its disk.',
  );
});
