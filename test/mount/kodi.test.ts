import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { samples } from '../../src/emulator/demo-world.js';
import { debridfs } from '../support/debridfs-process.js';
import { Kodi, needsKodi } from '../support/kodi.js';
import { MountedProgram, until } from '../support/mounted-program.js';

const token = 'real-debrid-token';

function release(name: string, sample: string): ReturnType<typeof samples> {
  return samples(`${name}.1080p.WEB.x264-GRP.mkv`, { [`${name}.1080p.WEB.x264-GRP.mkv`]: sample });
}
const library = {
  first: release('First.2020', 'sintel.mkv'),
  second: release('Second.2020', 'spring.mpegts'),
  third: release('Third.2020', 'charge.mkv'),
  fourth: release('Fourth.2020', 'hero.mkv'),
  episode1: release('Caminandes.S01E01', 'caminandes.s01e01.mkv'),
  otherShow: release('Morevna.S01E01', 'morevna.01.mkv'),
  episode2: release('Caminandes.S01E02', 'caminandes.s01e02.mkv'),
} as const;
type Name = keyof typeof library;

describe('Kodi, which is told of what happens in the mount', { timeout: 120_000 }, () => {
  let program: MountedProgram;
  let kodi: Kodi | null = null;
  /** What the account holds, by its number there. */
  const held = new Map<Name, string>();

  beforeAll(async () => {
    program = await MountedProgram.create([{ service: 'real-debrid', items: [] }]);
  });
  afterAll(async () => {
    await kodi?.end();
    await program.end();
  });

  const started = async (context: TestContext): Promise<Kodi> => {
    await needsKodi(context);
    if (kodi !== null) return kodi;
    const source = (view: string): string => join(program.mountpoint, view);
    kodi = await Kodi.start(join(program.folder, 'kodi'), [
      { path: source('movies'), content: 'movies' },
      { path: source('shows'), content: 'tvshows' },
    ]);
    add('first', 'second', 'episode1', 'otherShow');
    await program.start([], `notify: [{ kind: kodi, url: "${kodi.url}" }]`);
    return kodi;
  };
  const add = (...names: readonly Name[]): void => {
    for (const name of names)
      held.set(name, program.emulator.world.addItem(token, { torrent: library[name] }));
  };
  const remove = (...names: readonly Name[]): void => {
    for (const name of names) program.emulator.world.removeItem(token, held.get(name) ?? '');
  };
  const command = async (name: string): Promise<string> =>
    (await debridfs(['--config', program.configFile, name])).output;
  const shows = (expected: readonly string[], has: () => Promise<readonly string[]>): Promise<void> =>
    until(
      `${expected.join(', ')} in Kodi`,
      async () => (await has()).join() === [...expected].sort().join(),
      40_000,
    );
  const titles = async (of: Kodi): Promise<readonly string[]> => Object.keys(await of.films()).sort();

  it('shows all films and episodes of a library that is new', async (context) => {
    const client = await started(context);
    await shows(['First', 'Second'], () => titles(client));
    await shows(['Caminandes 1x01', 'Morevna 1x01'], () => client.episodes());
  });

  it('shows a film and an episode that are new, and no film or show any more that is gone', async (context) => {
    const client = await started(context);
    const before = await client.films();
    add('third', 'episode2');
    remove('second', 'otherShow');
    // It is gone once two listings say so.
    await command('sync');
    await command('sync');
    await shows(['First', 'Third'], () => titles(client));
    await shows(['Caminandes 1x01', 'Caminandes 1x02'], () => client.episodes());
    expect(await client.shows()).toEqual(['Caminandes']);
    expect(await client.films()).toMatchObject({ First: before['First'] });
  });

  it('keeps all films while an account fails, or lacks more than is believed', async (context) => {
    const client = await started(context);
    const before = await client.films();
    const { faults } = program.emulator;
    faults.add({ at: 'rd-api', action: { kind: 'status', code: 503 } });
    await command('sync');
    faults.clear();
    add('fourth');
    // The newest item alone, in a list whose count agrees.
    faults.add({ at: 'rd-api', action: { kind: 'shortenList', share: 0.2 } });
    await command('sync');
    expect(await command('status')).toMatch(/held for/);
    faults.clear();
    await command('sync');
    await shows(['First', 'Third', 'Fourth'], () => titles(client));
    expect(await client.films()).toMatchObject(before);
    expect(await client.episodes()).toEqual(['Caminandes 1x01', 'Caminandes 1x02']);
  });
});
