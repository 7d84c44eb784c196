import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary } from '../../src/open-library.js';
import type { PlacingReport } from '../../src/library/explain.js';
import { readOverrides } from '../../src/config/overrides-file.js';
import { silentLogger } from '../../src/core/logger.js';
import { startControlServer, type ControlServer } from '../../src/server/control-socket.js';
import { openTree } from '../../src/store/open.js';
import { FakeSurface } from '../server/fake-surface.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  complete,
  file,
  filesBelow,
  item,
  openLibrary as openTestLibrary,
  type TestLibrary,
} from '../support/library.js';
import { CliHarness } from './harness.js';

/** A running process as far as overrides go: it reads the file and places anew. */
class FollowingSurface extends FakeSurface {
  override async reloadOverrides(): Promise<void> {
    await super.reloadOverrides();
    library.librarian.setOverrides(readOverrides(overridesFile()));
    while (library.librarian.placeAnew().left > 0);
  }
}

let cli: CliHarness;
let library: TestLibrary;
let server: ControlServer | null;

const overridesFile = (): string => join(cli.stateDir, 'overrides.yaml');
const overrides = (): string => readFileSync(overridesFile(), 'utf8');

beforeEach(() => {
  server = null;
  cli = new CliHarness();
  writeFileSync(join(cli.dir, 'config.yaml'), `stateDir: ${cli.stateDir}\n`);
  cli.env['DEBRIDFS_CONFIG'] = join(cli.dir, 'config.yaml');
  cli.app.openTree = openTree;
  cli.app.openLibrary = (config) => Promise.resolve(openLibrary(config));
  library = openTestLibrary(cli.stateDir, new FakeClock());
  library.librarian.applyListing(
    'rd',
    'torrents',
    complete(
      item('a', 'Wrong S01', [
        file('W/Season 1/Wrong.S01E01.mkv'),
        file('W/Season 1/Wrong.S01E02.mkv'),
        file('W/w.nfo'),
      ]),
      item('b', 'Wrong S02 and more', [file('X/Wrong.S02E01.mkv'), file('X/Film.2010.mkv')]),
    ),
    0,
  );
  library.librarian.markPublished();
});
afterEach(async () => {
  await server?.stop();
  library.close();
  cli.remove();
});

const follow = async (): Promise<void> => {
  const surface = new FollowingSurface();
  server = await startControlServer(cli.stateDir, { surface, scrub: (text) => text, logger: silentLogger });
};

describe('explain --set', () => {
  it('of a file writes it down for that file, and tells where the running process shows it now', async () => {
    await follow();
    const args = [
      'explain',
      '/shows/Wrong/Season 02/Wrong - S02E01.mkv',
      '--set',
      'kind=movie',
      'title=Right: One',
      'year=1999',
    ];
    expect(await cli.run(...args)).toEqual({
      code: 0,
      out: `written to ${overridesFile()}\nit is now at /movies/Right One (1999)/Right One (1999).mkv\n`,
      err: '',
    });
    expect(statSync(overridesFile()).mode & 0o777).toBe(0o600);
    expect(
      await cli.run(
        'explain',
        '/movies/Right One (1999)/Right One (1999).mkv',
        '--set',
        'kind=',
        'title=',
        'year=',
      ),
    ).toMatchObject({
      out: `written to ${overridesFile()}\nit is now at /shows/Wrong/Season 02/Wrong - S02E01.mkv\n`,
    });
    expect(overrides()).toBe('');
  });

  it('by root is for the user whose folder it is, who must be able to read it', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can give a file away');
    chownSync(cli.stateDir, 4321, 4322);
    await cli.run('explain', '/all/Wrong S01', '--set', 'title=One');
    expect(statSync(overridesFile())).toMatchObject({ uid: 4321, gid: 4322 });
    chownSync(overridesFile(), 5321, 5322);
    await cli.run('explain', '/all/Wrong S01', '--set', 'title=Two');
    expect(statSync(overridesFile())).toMatchObject({ uid: 5321, gid: 5322 });
  });

  it('keeps comments and other entries; a second fact is added, and another text replaces the first', async () => {
    writeFileSync(overridesFile(), `# mine\n${'c'.repeat(40)}:\n  title: Kept # really\n`);
    await cli.run('explain', '/all/Wrong S01', '--set', 'title=One');
    await cli.run('explain', '/all/Wrong S01', '--set', 'title=Two', 'season=3');
    await cli.run('explain', '/all/Wrong S01/Season 1', '--set', 'episode=4-5');
    expect(overrides()).toBe(
      `# mine\n${'c'.repeat(40)}:\n  title: Kept # really\n${'a'.repeat(40)}:\n  title: Two\n  season: 3\n  files:\n    Season 1:\n      episode: 4-5\n`,
    );
    expect(readOverrides(overridesFile()).get('a'.repeat(40))).toEqual({
      whole: { title: 'Two', season: 3 },
      paths: [['Season 1', { episodes: [4, 5] }]],
    });
  });

  it("of a show's folder is for whole torrents, and only for files where a torrent has more", async () => {
    await follow();
    const { code, out } = await cli.run('explain', '/shows/Wrong', '--set', 'title=Right');
    expect({ code, out }).toEqual({ code: 0, out: `written to ${overridesFile()} (2 entries)\n` });
    expect(overrides()).toBe(
      `${'a'.repeat(40)}:\n  title: Right\n${'b'.repeat(40)}:\n  files:\n    Wrong.S02E01.mkv:\n      title: Right\n`,
    );
  });

  it('while nothing runs is followed at the next start, and says so', async () => {
    expect(await cli.run('explain', '/movies/Film (2010)/Film (2010).mkv', '--set', 'hide=true')).toEqual({
      code: 0,
      out: `written to ${overridesFile()}\n`,
      err: 'debridfs is not running: it follows this at its next start.\n',
    });
    const { out } = await cli.run('explain', '/all/Wrong S02 and more/Film.2010.mkv');
    expect(out).toContain('not in the library: The overrides hide it.');
    expect(out).toContain('overridden: hide: true');
  });

  it('of a torrent whose entry is empty, or in capitals, is written into that entry', async () => {
    writeFileSync(overridesFile(), `${'A'.repeat(40)}:\n${'b'.repeat(40)}:\n  files:\n    Film.2010.mkv:\n`);
    await cli.run('explain', '/all/Wrong S01', '--set', 'title=One');
    await cli.run('explain', '/movies/Film (2010)/Film (2010).mkv', '--set', 'year=2011');
    expect(overrides()).toBe(
      `${'A'.repeat(40)}:\n  title: One\n${'b'.repeat(40)}:\n  files:\n    Film.2010.mkv:\n      year: 2011\n`,
    );
  });

  it('of what was never said cannot be taken back, and says where it may be said', async () => {
    for (const text of ['', `${'b'.repeat(40)}:\n  title: One\n`]) {
      writeFileSync(overridesFile(), text);
      const { code, err } = await cli.run(
        'explain',
        '/movies/Film (2010)/Film (2010).mkv',
        '--set',
        'title=',
      );
      expect(code).toBe(2);
      expect(err).toContain(`No title is said of "Film.2010.mkv": see the entry of ${'b'.repeat(40)} in`);
      expect(overrides()).toBe(text);
    }
  });

  it.each([
    [['kind=film'], /kind at --set: "film" is not understood\. Write one of movie, show, other/],
    [['kin=movie'], /kin at --set: Unknown key\. Did you mean kind\?/],
    [['episode=5-3'], /episode at --set: .* Write an episode or several/],
    [['year=99'], /year at --set/],
    [['movie'], /"movie" is no fact/],
  ])('%j is refused with 2, and nothing is written', async (facts, message) => {
    const { code, err } = await cli.run('explain', '/all/Wrong S01', '--set', ...facts);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(() => overrides()).toThrow('ENOENT');
  });

  it.each([['/'], ['/movies'], ['/all'], ['/accounts/rd']])(
    '%s is too much to correct at once',
    async (path) => {
      expect(await cli.run('explain', path, '--set', 'hide=true')).toMatchObject({ code: 1, out: '' });
    },
  );

  it('a file of overrides that cannot be understood is told with line and remedy, and stays as it was', async () => {
    const text = `${'a'.repeat(40)}:\n  tittle: X\nnonsense:\n  title: Y\n`;
    writeFileSync(overridesFile(), text);
    const { code, err } = await cli.run('explain', '/all/Wrong S01', '--set', 'title=One');
    expect(code).toBe(2);
    expect(err).toMatch(/overrides\.yaml:2: Unknown key\. Did you mean title\?/);
    expect(err).toMatch(/overrides\.yaml:3: Write the torrent here as/);
    expect(overrides()).toBe(text);
  });
});

describe('explain', () => {
  it('says of a version that is not shown that a better one is', async () => {
    library.close();
    library = openTestLibrary(cli.stateDir, new FakeClock(), { versions: 'best' });
    library.librarian.applyListing(
      'ad',
      'torrents',
      complete(item('c', 'Film.2010.2160p', [file('Film.2010.2160p.mkv')])),
      0,
    );
    writeFileSync(join(cli.dir, 'config.yaml'), `stateDir: ${cli.stateDir}\ntree: { versions: best }\n`);
    const { out } = await cli.run('explain', '/all/Wrong S02 and more/Film.2010.mkv');
    expect(out).toContain('A better version of it is shown where it would be (tree.versions: best).');
    expect((await cli.run('explain', '/all/Film.2010.2160p/Film.2010.2160p.mkv')).out).toContain(
      'also at /movies/Film (2010)/Film (2010) - [2160p].mkv',
    );
  });

  it('tells of an episode which name said what, and what became of it', async () => {
    const { out } = await cli.run('explain', '/shows/Wrong/Season 01/Wrong - S01E02.mkv', '--json');
    const { placing } = JSON.parse(out) as { placing: PlacingReport };
    expect(placing).toMatchObject({ confidence: 'strong', path: 'Season 1/Wrong.S01E02.mkv', overrides: [] });
    expect(placing.evidence).toEqual(
      expect.arrayContaining([
        { from: 'file', name: 'Wrong.S01E02', says: 'season 1, episode 2', grade: 'strong', rejected: null },
        { from: 'folder', name: 'Season 1', says: 'season 1', grade: 'medium', rejected: null },
      ]),
    );
  });

  it('tells of a folder which torrents it is made of', async () => {
    const { out } = await cli.run('explain', '/shows/Wrong');
    expect(out).toContain(`It has 2 files of torrent ${'a'.repeat(40)} ("Wrong S01").`);
    expect(out).toContain(`It has 1 file of torrent ${'b'.repeat(40)} ("Wrong S02 and more").`);
  });

  it('tells which rule of folders has a file, and what it is a better version of', async () => {
    const folders =
      'folders: [{ name: tens, year: 2010-2019, only: true }, { name: all films, kind: movie }]';
    writeFileSync(join(cli.dir, 'config.yaml'), `stateDir: ${cli.stateDir}\n${folders}\n`);
    const { out } = await cli.run('explain', '/all/Wrong S02 and more/Film.2010.mkv');
    expect(out).toContain('A rule of `folders` shows it in tens/.');
    expect(out).toContain('A rule of `folders` shows it in all films/.');
    expect(out).toContain('it is not in movies/ or shows/ as well');
  });

  it('--set of a title is for the versions too that a better one hides', async () => {
    library.close();
    library = openTestLibrary(cli.stateDir, new FakeClock(), { versions: 'best' });
    const better = item('c', 'Film.2010.2160p', [file('Film.2010.2160p.mkv')]);
    library.librarian.applyListing('ad', 'torrents', complete(better), 0);
    writeFileSync(join(cli.dir, 'config.yaml'), `stateDir: ${cli.stateDir}\ntree: { versions: best }\n`);
    await follow();
    await cli.run('explain', '/movies/Film (2010)', '--set', 'title=Right');
    expect(overrides()).toContain('Film.2010.mkv:\n      title: Right');
    expect(overrides()).toContain(`${'c'.repeat(40)}:\n  title: Right`);
    expect(filesBelow(library.tree, 'movies/')).toEqual(['movies/Right (2010)/Right (2010) - [2160p].mkv']);
  });
});
