import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { torrent, type WorldTorrent } from '../../src/emulator/world.js';
import { MountedProgram, until } from '../support/mounted-program.js';
import { run } from '../support/mount-harness.js';

const film = torrent('A.Film.2010.1080p', [{ path: 'A.Film.2010.1080p.mkv', size: 5_000_000 }]);
const path = 'movies/A Film (2010)/A Film (2010) - [1080p].mkv';

describe('a film whose link has aged out', { timeout: 60_000 }, () => {
  let program: MountedProgram;
  const create = async (held: WorldTorrent): Promise<void> => {
    program = await MountedProgram.create([{ service: 'real-debrid', items: [{ torrent: held }] }]);
    program.emulator.advance(100 * 24 * 3_600_000);
  };
  afterEach(() => program.end());

  const read = async (): Promise<number> =>
    (await run('dd', `if=${join(program.mountpoint, path)}`, 'of=/dev/null', 'bs=64k', 'count=1')).code;
  const inode = async (): Promise<string> =>
    (await run('stat', '-c', '%i', join(program.mountpoint, path))).stdout;
  const changes = (): string[] => program.emulator.log.destructive().map(({ method }) => method);

  it('can be read again a moment later with `repair`, and is the same file', async () => {
    await create(film);
    await program.start([], '', 'repair: true');
    const before = await inode();
    expect(before).toMatch(/^\d+\n$/);
    expect(await read()).not.toBe(0);
    await until('the film to be read', async () => (await read()) === 0);
    expect(changes()).toEqual(['POST', 'POST', 'DELETE']);
    expect(await inode()).toBe(before);
  });

  it('is not renewed without it', async () => {
    await create(film);
    const running = await program.start();
    expect(await read()).not.toBe(0);
    await running.line('has aged out');
    expect(await running.end('SIGTERM')).toBe(0);
    expect(changes()).toEqual([]);
  });

  it('is left as it was by a process that ends while it is renewed', async () => {
    // Not cached any more, so that it is never done.
    await create({ ...film, cachedOn: [] });
    const { torrents } = program.emulator.realDebrid.accounts.get('real-debrid-token');
    const before = [...torrents.keys()];
    const running = await program.start([], '', 'repair: true');
    expect(await read()).not.toBe(0);
    await until('the torrent to be added', () => Promise.resolve(torrents.size === 2));
    expect(await running.end('SIGTERM')).toBe(0);
    expect(changes().filter((method) => method === 'DELETE')).toHaveLength(1);
    expect([...torrents.keys()]).toEqual(before);
    await program.start();
    expect(await inode()).toMatch(/^\d+\n$/);
  });
});
