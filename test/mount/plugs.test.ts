import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import { contentBytes } from '../../src/emulator/content.js';
import type { Emulator } from '../../src/emulator/emulator.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { singleFile } from '../../src/emulator/world.js';
import { debridfs, type DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, run, within } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';

/** More than is read ahead and lies in the buffers of a connection. */
const size = 60_000_000;
const film = singleFile('Film.2001.1080p.BluRay.x264-GRP.mkv', size);
const sum = createHash('sha256')
  .update(contentBytes(film.hash, film.files[0]?.path ?? '', 0, size))
  .digest('hex');

/** Reads the start of a file, says so, waits for a line, reads the rest, and says its sum or the error. */
const reading = `
import sys, hashlib, os
try:
  file = os.open(sys.argv[1], os.O_RDONLY)
  total = hashlib.sha256()
  read = 0
  while True:
    piece = os.read(file, 1 << 20)
    if not piece: break
    if read < 3 << 20 and read + len(piece) >= 3 << 20:
      print('begun', flush=True)
      sys.stdin.readline()
    read += len(piece)
    total.update(piece)
  print(total.hexdigest(), flush=True)
except OSError as error:
  print('error', error.errno, flush=True)
`;

class SlowReader {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(path: string) {
    this.child = spawn('python3', ['-c', reading, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.child.stdout === null) throw new Error('The reader has no output.');
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value } = (await within(this.#lines.next(), 'line of the reader')) as { value: string };
    return value;
  }

  /** Has it read the rest. @returns the sum, or `error` and the errno. */
  async rest(): Promise<string> {
    this.child.stdin?.write('\n');
    return this.line();
  }
}

type Pull = (emulator: Emulator) => void;

/** The fault from now on, for what is being sent too. */
const fault =
  (action: FaultAction): Pull =>
  (emulator) => {
    emulator.faults.add({ at: 'rd-cdn', action });
    emulator.cut('rd-cdn');
  };

const quota = { 'x-error': 'bytes_limit_reached' };
/** What happens to Real-Debrid's file host for good, and whether bytes still come from it, a little at a time. */
const plugs: readonly [name: string, pull: Pull, stillGives: boolean][] = [
  [
    'the link expires',
    (emulator) => {
      emulator.world.expireDownloads('real-debrid');
      emulator.cut('rd-cdn');
    },
    true,
  ],
  ['the connection is reset every MiB', fault({ kind: 'resetAfter', bytes: 2 ** 20 }), true],
  ['the body is cut short, again and again', fault({ kind: 'truncateAfter', bytes: 1_500_000 }), true],
  ['the host refuses', fault({ kind: 'refuse' }), false],
  ['the host hangs', fault({ kind: 'hang' }), false],
  ['the body stalls', fault({ kind: 'stallAfter', bytes: 1_000, ms: null }), false],
  ['the quota is used up', fault({ kind: 'status', code: 403, headers: quota }), false],
  ['the range is ignored', fault({ kind: 'ignoreRange' }), false],
  ['another range comes', fault({ kind: 'shiftRange', delta: 7 }), false],
  ['a web page comes with 200', fault({ kind: 'html200' }), false],
];

describe('while a file is being read', { timeout: 100_000 }, () => {
  let program: MountedProgram;
  let emulator: Emulator;
  let running: DebridfsProcess;
  const readers: ChildProcess[] = [];

  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.kill('SIGKILL');
    try {
      await running.end('SIGTERM');
      expect(await isMounted(program.mountpoint)).toBe(false);
    } finally {
      await program.end();
    }
  });

  /** Mounts what accounts with these services hold, all of them the film. */
  const mount = async (services: readonly ServiceName[], patience: string): Promise<void> => {
    program = await MountedProgram.create(
      services.map((service) => ({ service, items: [{ torrent: film }] })),
    );
    ({ emulator } = program);
    running = await program.start(
      [],
      `cache: { memory: 32MiB, maxSize: 16MiB }
read: { patience: ${patience} }`,
    );
    await until('the film', async () => (await run('stat', path())).stdout !== '');
  };
  const path = (): string =>
    join(program.mountpoint, 'movies/Film (2001)/Film (2001) - [1080p BluRay x264-GRP].mkv');
  const begin = async (): Promise<SlowReader> => {
    const reader = new SlowReader(path());
    readers.push(reader.child);
    expect(await reader.line()).toBe('begun');
    return reader;
  };

  it.each(plugs)('%s: another account goes on with the same bytes', async (_name, pull) => {
    await mount(['real-debrid', 'alldebrid'], '60s');
    const reader = await begin();
    pull(emulator);
    expect(await reader.rest()).toBe(sum);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it.each(plugs.filter(([, , stillGives]) => stillGives))(
    '%s: what comes of the only source is put together',
    async (_name, pull) => {
      await mount(['real-debrid'], '60s');
      const reader = await begin();
      pull(emulator);
      expect(await reader.rest()).toBe(sum);
    },
  );

  it.each(plugs.filter(([, , stillGives]) => !stillGives))(
    '%s: without another source the read fails in time, and nothing else does',
    async (_name, pull) => {
      await mount(['real-debrid'], '3s');
      const reader = await begin();
      pull(emulator);
      const rest = reader.rest();
      // Others are answered meanwhile.
      expect((await run('ls', program.mountpoint)).stdout).toContain('movies');
      expect(await rest).toBe('error 5');
      const { output } = await debridfs(['--state-dir', program.stateDir, 'status', '--json']);
      expect(JSON.parse(output)).toMatchObject({
        recentFailures: expect.arrayContaining([expect.anything()]) as [],
      });
    },
  );

  it('a reader that is killed frees its requests at once', async () => {
    await mount(['real-debrid'], '60s');
    const reader = await begin();
    fault({ kind: 'hang' })(emulator);
    reader.child.stdin?.write('\n');
    const underWay = (): number =>
      emulator.log.find({ role: 'rd-cdn' }).filter(({ endMs }) => endMs === null).length;
    await until('a request that hangs', () => Promise.resolve(underWay() > 0));
    const gone = once(reader.child, 'exit');
    const killedMs = performance.now();
    reader.child.kill('SIGKILL');
    await within(gone, 'end of the reader');
    await until('the end of its requests', () => Promise.resolve(underWay() === 0));
    // Long before the host's silence ends them.
    expect(performance.now() - killedMs).toBeLessThan(5_000);
  });
});
