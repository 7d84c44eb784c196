import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import { singleFile } from '../../src/emulator/world.js';
import type { DebridfsProcess } from '../support/debridfs-process.js';
import { run, within } from '../support/mount-harness.js';
import { MountedProgram } from '../support/mounted-program.js';

const size = 3_000_000;
const film = singleFile('Film.2001.1080p.BluRay.x264-GRP.mkv', size);
const sum = createHash('sha256')
  .update(contentBytes(film.hash, film.files[0]?.path ?? '', 0, size))
  .digest('hex');

describe('a second process', () => {
  let first: MountedProgram;
  let second: MountedProgram;
  let running: DebridfsProcess;
  beforeEach(async () => {
    const items = [{ torrent: film }];
    first = await MountedProgram.create([{ service: 'real-debrid', items }]);
    second = await MountedProgram.create([{ service: 'real-debrid', items }]);
    running = await first.start();
  });
  afterEach(async () => {
    await second.end();
    await first.end();
  });

  const readsRight = async ({ mountpoint }: MountedProgram): Promise<void> => {
    const path = join(mountpoint, 'movies/Film (2001)/Film (2001) - [1080p BluRay x264-GRP].mkv');
    const { stdout, stderr } = await run('sha256sum', path);
    expect(stderr).toBe('');
    expect(stdout.split(' ')[0]).toBe(sum);
  };

  it('on the mountpoint of another is refused, and the first goes on', async () => {
    const refused = await second.launch([first.mountpoint], '');
    expect(await within(refused.exited, 'its end')).toBe(2);
    expect(refused.output).toMatch(/The mountpoint .* is in use by another debridfs/);
    await readsRight(first);
    expect(await running.end('SIGTERM')).toBe(0);
  });

  it('with the cache folder of another says so and does without, and the first keeps its own', async () => {
    await readsRight(first);
    const beside = await second.start(['--cache-dir', join(first.stateDir, 'cache')]);
    expect(beside.output).toMatch(
      /nothing is kept on disk: Another debridfs uses .*Give each its own cache\.dir/,
    );
    await readsRight(second);
    expect(await beside.end('SIGTERM')).toBe(0);

    expect(await running.end('SIGTERM')).toBe(0);
    await first.start();
    const asked = first.emulator.log.count({ path: /unrestrict\/link/ });
    first.emulator.faults.add({ at: 'rd-cdn', action: { kind: 'refuse' } });
    await readsRight(first);
    expect(first.emulator.log.count({ path: /unrestrict\/link/ })).toBe(asked);
  });
});
