import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Prng } from '../../src/emulator/prng.js';
import { singleFile, torrent, type WorldItem, type WorldTorrent } from '../../src/emulator/world.js';
import { debridfs, DebridfsProcess } from '../support/debridfs-process.js';
import { run, within } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';
import { Readers, type SoakFile } from '../support/soak/readers.js';
import { Troubles } from '../support/soak/troubles.js';
import { usageOf } from '../support/soak/usage.js';

/** How long there is load, in seconds, and what chance decides by: the same seed makes the same troubles. */
const seconds = Number(process.env['SOAK_SECONDS'] ?? 60);
const seed = process.env['SOAK_SEED'] ?? String(Date.now());

const mebibyte = 2 ** 20;
const patienceMs = 5_000;
/** The kernel asks twice before a program hears of an error; each time it has the patience, and half a minute for a busy process. */
const longestReadMs = 2 * (patienceMs + 30_000);
/**
 * So many descriptors more than at the start are no leak: another connection to the API of each account, and what SQLite keeps of a
 * library that was looked through, for whoever opens it next. What leaks with every trouble is a hundred.
 */
const keptOpen = 8;
/** A call that a service never answers is given up after a minute, and connections that nobody needs are closed soon after. */
const longestCallMs = 90_000;
/** What a service is asked and answered in, and the tree is changed by. */
const intervalMs = 1_000;
/**
 * Most by which memory may have grown since the process was warm, for what V8 holds back of what is garbage: what leaks with every read
 * or sync is far more in ten minutes, and a multiple of it in an hour.
 */
const slackBytes = 128 * mebibyte;

const services = ['real-debrid', 'alldebrid', 'torbox'] as const;

const films: readonly WorldTorrent[] = Array.from({ length: 24 }, (_, number) => {
  const size = [mebibyte + number, 5 * mebibyte + 7, 80 * mebibyte + 1, 6 * 1024 * mebibyte + 3][number % 4];
  return singleFile(`Film.${number}.2001.1080p.BluRay.x264-GRP.mkv`, size ?? 0);
});
const shows: readonly WorldTorrent[] = Array.from({ length: 6 }, (_, number) => {
  const name = `Show.${number}.S01.1080p.WEB-DL.x264-GRP`;
  const files = Array.from({ length: 8 }, (_file, index) => ({
    path: `${name}/Show.${number}.S01E0${index + 1}.mkv`,
    size: (index + 1) * 40 * mebibyte,
  }));
  return torrent(name, files);
});
const base = [...films, ...shows];

/** What every account holds of what stays: half of it is on two accounts, a quarter on all three. */
function held(account: number): WorldItem[] {
  return base
    .filter((_, index) => index % 3 === account || index % 2 === 0 || index % 4 === 1)
    .map((item) => ({ torrent: item }));
}

/** The files of a torrent where `all/` shows them. */
function filesOf(mountpoint: string, { hash, name, files }: WorldTorrent): SoakFile[] {
  return files.map(({ path, size }) => {
    const folder = files.length === 1 ? name.replace(/\.mkv$/, '') : name;
    const path_ = join(mountpoint, 'all', folder, path.replace(`${name}/`, ''));
    return { path: path_, hash, inner: path, size };
  });
}

describe('a day in the life of a mount, in short', { timeout: (seconds + 240) * 1000 }, () => {
  let program: MountedProgram;
  let readers: Readers;
  afterEach(async () => {
    readers.kill();
    await program.end();
  });

  it(`gives no wrong byte, loses nothing, hangs nowhere, and leaks nothing (seed ${seed})`, async () => {
    const prng = new Prng(seed);
    program = await MountedProgram.create(
      services.map((service, account) => ({ service, items: held(account) })),
    );
    const files = base.flatMap((item) => filesOf(program.mountpoint, item));
    readers = new Readers(files, new Prng(`${seed} readers`));
    const troubles = new Troubles(program.emulator, new Prng(`${seed} troubles`));
    const settings = `cache: { memory: 32MiB, maxSize: 128MiB }
read: { patience: ${patienceMs}ms }`;
    const flags = ['--poll-interval', `${intervalMs}ms`];

    /** When nobody served the mount: wall clock milliseconds. */
    const gaps: { readonly fromMs: number; toMs: number }[] = [];
    const output: string[] = [];
    let running: DebridfsProcess;
    const begin = async (): Promise<void> => {
      running = await program.start(flags, settings);
      const gap = gaps.at(-1);
      if (gap !== undefined) gap.toMs = Date.now();
    };
    const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      gaps.push({ fromMs: Date.now(), toMs: Infinity });
      const code = await running.end(signal);
      output.push(running.output);
      if (signal === 'SIGTERM') expect(code, running.output).toBe(0);
    };

    const shown = async (): Promise<Set<string>> => {
      const { stdout } = await run('find', join(program.mountpoint, 'all'), '-type', 'f');
      return new Set(stdout.trim().split('\n'));
    };
    const lost: string[] = [];
    const look = async (): Promise<void> => {
      const there = await shown();
      lost.push(...files.filter(({ path }) => !there.has(path)).map(({ path }) => path));
    };

    /** Torrents that come and go, and where: the newest last. */
    const passing: { readonly item: WorldTorrent; readonly token: string; readonly id: string }[] = [];
    let added = 0;
    const change = (): void => {
      const oldest = passing.length > 4 ? passing.shift() : undefined;
      if (oldest !== undefined) program.emulator.world.removeItem(oldest.token, oldest.id);
      const token = `${services[added % services.length] ?? ''}-token`;
      const item = singleFile(`New.${added}.2002.1080p.BluRay.x264-GRP.mkv`, mebibyte);
      passing.push({ item, token, id: program.emulator.world.addItem(token, { torrent: item }) });
      added += 1;
    };

    /** Commands under way: one that syncs takes as long as the slowest call of an account. */
    const commands: Promise<void>[] = [];
    const command = async (): Promise<void> => {
      const asked = [['status', '--json'], ['sync'], ['explain', 'movies'], ['ls', 'shows']];
      const args = asked[prng.next() % asked.length] ?? [];
      const asking = new DebridfsProcess(['--state-dir', program.stateDir, ...args]);
      const code = await within(asking.exited, `end of ${args.join(' ')}`, longestCallMs);
      expect([0, 1], `${args.join(' ')}: ${asking.output}`).toContain(code);
    };

    /** Lets troubles, changes and commands come for a while. */
    const live = async (forMs: number): Promise<void> => {
      const untilMs = performance.now() + forMs;
      for (let round = 0; performance.now() < untilMs; round += 1) {
        troubles.next();
        if (round % 4 === 1) change();
        if (round % 5 === 2) readers.killOne();
        if (round % 3 === 0) await look();
        if (round % 6 === 3) commands.push(command());
        await new Promise((resolve) => setTimeout(resolve, 400));
      }
    };
    const usage = async (): ReturnType<typeof usageOf> => usageOf(await program.servingPid());
    const everythingIsThere = async (): Promise<boolean> => {
      const there = await shown();
      return [...base, ...passing.map(({ item }) => item)].every((item) =>
        filesOf(program.mountpoint, item).every(({ path }) => there.has(path)),
      );
    };

    try {
      // The first life, and a second, end in the middle of all that goes on.
      await begin();
      await until('the first tree', everythingIsThere);
      readers.start(6);
      await live(seconds * 200);
      await end('SIGTERM');
      await begin();
      await live(seconds * 200);
      await end('SIGKILL');

      // The third is measured: while nothing is read, when it is warm, and when it is quiet again.
      await readers.stop();
      troubles.end();
      await begin();
      await until('all that was added', everythingIsThere);
      const quiet = await usage();
      readers.start(6);
      await live(seconds * 200);
      const warm = await usage();
      await live(seconds * 400);
      troubles.end();
      await readers.stop();
      const isQuiet = async (): Promise<boolean> =>
        (await usage()).open.length <= quiet.open.length + keptOpen;
      await until('an end of all connections', isQuiet, longestCallMs).catch(() => undefined);
      const last = await usage();
      if (last.open.length > quiet.open.length + keptOpen) expect(last.open).toEqual(quiet.open);
      expect(last.threads).toBeLessThanOrEqual(quiet.threads);
      expect(last.memoryBytes - warm.memoryBytes).toBeLessThan(slackBytes);
      const { output: status } = await debridfs(['--state-dir', program.stateDir, 'status', '--json']);
      expect(JSON.parse(status)).toMatchObject({ openFiles: [] });
      await end('SIGTERM');

      // The fourth has forgotten whom it left alone: all is there, and can be read.
      await begin();
      await until('what was added last', everythingIsThere);
      const failedBefore = readers.failed.length;
      await readers.verify();
      expect(readers.failed.slice(failedBefore)).toEqual([]);
      await end('SIGTERM');
      await Promise.all(commands);

      expect(readers.wrong).toEqual([]);
      expect(lost).toEqual([]);
      const isServed = (beganMs: number, endedMs: number): boolean =>
        gaps.every(({ fromMs, toMs }) => endedMs < fromMs || beganMs > toMs);
      const unexplained = readers.failed.filter(({ errno, beganMs, endedMs }) => {
        return errno !== 'EIO' && isServed(beganMs, endedMs);
      });
      expect(unexplained).toEqual([]);
      const slow = readers.failed.filter(({ beganMs, endedMs }) => endedMs - beganMs > longestReadMs);
      expect(slow).toEqual([]);
      expect(readers.bytes).toBeGreaterThan(seconds * mebibyte);
      expect(output.join('\n')).not.toContain('"level":50');
      const told = [
        `${Math.round(readers.bytes / mebibyte)} MiB were read`,
        `${readers.failed.length} reads failed`,
        `${troubles.log.length} troubles`,
        `memory ${[quiet, warm, last].map(({ memoryBytes }) => Math.round(memoryBytes / mebibyte)).join(', ')} MiB`,
        `descriptors ${[quiet, warm, last].map(({ open }) => open.length).join(', ')}`,
      ];
      process.stderr.write(`Seed ${seed}: ${told.join('; ')}.\n`);
    } catch (error) {
      process.stderr.write(`The last troubles of seed ${seed}:\n${troubles.log.slice(-30).join('\n')}\n`);
      throw error;
    }
  });
});
