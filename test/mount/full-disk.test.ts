import { createHash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import { singleFile, type WorldTorrent } from '../../src/emulator/world.js';
import { debridfs, type DebridfsProcess } from '../support/debridfs-process.js';
import { run } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';

const token = 'real-debrid-token';
const film = (index: number): WorldTorrent =>
  singleFile(`Film.${index}.2001.1080p.BluRay.x264-GRP.mkv`, 500_000 + index);
const held = Array.from({ length: 5 }, (_, index) => film(index));

const sumOf = ({ hash, files }: WorldTorrent): string => {
  const [file] = files;
  return createHash('sha256')
    .update(contentBytes(hash, file?.path ?? '', 0, file?.size ?? 0))
    .digest('hex');
};

describe('a state folder, with the cache in it,', () => {
  let program: MountedProgram;
  beforeEach(async ({ skip }) => {
    program = await MountedProgram.create([
      { service: 'real-debrid', items: held.map((torrent) => ({ torrent })) },
    ]);
    await mkdir(program.stateDir);
    const { code } = await run('mount', '-t', 'tmpfs', '-o', 'size=2m', 'debridfs-test', program.stateDir);
    skip(code !== 0, 'only root may mount a small disk');
  });
  afterEach(async () => {
    await run('umount', '--lazy', program.stateDir);
    await program.end();
  });

  const filler = (): string => join(program.stateDir, 'filler');
  /** Takes all room that is left. */
  const fill = async (): Promise<void> => {
    const file = await open(filler(), 'w');
    const page = Buffer.alloc(4096, 1);
    try {
      for (;;) await file.write(page);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    } finally {
      await file.close();
    }
  };
  const films = async (): Promise<string[]> => {
    const { stdout } = await run('find', join(program.mountpoint, 'movies'), '-name', '*.mkv');
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  };
  const command = (...args: string[]): Promise<{ code: number | null; output: string }> =>
    debridfs(['--config', join(program.folder, 'config.yaml'), ...args]);
  const started = async (): Promise<DebridfsProcess> => {
    const running = await program.start();
    await until('the films', async () => (await films()).length === held.length);
    return running;
  };
  const readsRight = async (torrent: WorldTorrent): Promise<void> => {
    const name = torrent.name.replace(/\.mkv$/, '');
    const { stdout } = await run('sha256sum', join(program.mountpoint, 'all', name, torrent.name));
    expect(stdout.split(' ')[0]).toBe(sumOf(torrent));
  };

  it('that fills up shows and reads on, says why what is new does not show, and shows it once there is room', async () => {
    const running = await started();
    await fill();
    const added = Array.from({ length: 50 }, (_, index) => film(10 + index));
    for (const torrent of added) program.emulator.world.addItem(token, { torrent });
    expect(await command('sync')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/SQLITE_FULL.*Free some space on the disk of `stateDir`/) as string,
    });
    expect((await command('status')).output).toContain('Free some space on the disk of `stateDir`');
    expect(await films()).toHaveLength(held.length);
    for (const torrent of held) await readsRight(torrent);
    await rm(filler());
    expect((await command('sync')).output).toContain('50 added');
    await until('the new films', async () => (await films()).length === held.length + added.length);
    await readsRight(film(10));
    expect(await running.end('SIGTERM')).toBe(0);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'that is full is no obstacle to a start after %s',
    async (signal) => {
      const first = await started();
      await fill();
      await first.end(signal);
      await fill();
      const running = await program.start();
      expect(await films()).toHaveLength(held.length);
      await readsRight(film(0));
      expect(running.output).toContain('run.json is not written');
      program.emulator.world.addItem(token, { torrent: film(10) });
      await rm(filler());
      await command('sync');
      await until('the new film', async () => (await films()).length === held.length + 1);
    },
  );

  it('that can only be read is refused with a word on what to do', async () => {
    expect(await (await started()).end('SIGTERM')).toBe(0);
    await run('mount', '-o', 'remount,ro', program.stateDir);
    const running = await program.launch([], '');
    expect(await running.exited).toBe(1);
    expect(running.output).toMatch(/is on a file system that can only be read. Mount it writable/);
  });
});
