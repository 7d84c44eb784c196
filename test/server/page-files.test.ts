import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { PageFiles } from '../../src/server/page-files.js';

it('after an upgrade without a restart the page stays the one that the running program answers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'debridfs-page-'));
  try {
    await writeFile(join(folder, 'index.html'), 'old');
    const files = new PageFiles(pathToFileURL(`${folder}/`));
    await files.load();
    await writeFile(join(folder, 'index.html'), 'new');
    expect(await files.file('/')).toEqual({ type: 'text/html; charset=utf-8', text: 'old' });
    // What could not be read is read when it is asked for.
    await writeFile(join(folder, 'page.js'), 'late');
    expect((await files.file('/page/page.js'))?.text).toBe('late');
    expect(await files.file('/page/none.js')).toBeUndefined();
    expect((await files.file('/page/uplot.css'))?.text).toContain('uplot');
  } finally {
    await rm(folder, { recursive: true });
  }
});
