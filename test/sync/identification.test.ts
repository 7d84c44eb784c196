import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import type { Identification as Known, Identifier } from '../../src/core/identification.js';
import { silentLogger } from '../../src/core/logger.js';
import { migrations } from '../../src/store/schema.js';
import { Identification } from '../../src/sync/identification.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  complete,
  file,
  filesBelow,
  inThisThread,
  item,
  openLibrary,
  temporaryFolder,
  type TestLibrary,
} from '../support/library.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const known: Known = {
  kind: 'show',
  title: 'Known Title',
  year: 2021,
  ids: { tvdb: '42', tmdb: null, imdb: null },
  episodes: [{ season: 2, episode: 5, absolute: 17 }],
};
const plainPath = 'shows/Title/Season 01/Title - S01E17 - [1080p-Group].mkv';
const knownPath =
  'shows/Known Title (2021) {tvdb-42}/Season 02/Known Title (2021) - S02E05 - [1080p-Group].mkv';

let folder: ReturnType<typeof temporaryFolder>;
let clock: FakeClock;
let library: TestLibrary;
let asked: string[];
let defects: object[];
let answer: (torrent: string) => Promise<Known | null>;
let identification: Identification;

beforeEach(async () => {
  folder = temporaryFolder();
  clock = new FakeClock();
  library = openLibrary(folder.path, clock);
  asked = [];
  defects = [];
  answer = () => Promise.resolve(known);
  identification = started();
  await identification.start();
});

afterEach(async () => {
  await identification.stop();
  library.close();
  folder.remove();
  expect(defects).toEqual([]);
});

function started(): Identification {
  const identifier: Identifier = {
    identify: (torrent, signal) => {
      asked.push(torrent);
      return new Promise((resolve, reject) => {
        const giveUp = (): void => reject(new AppError('aborted', 'given up'));
        signal.addEventListener('abort', giveUp);
        answer(torrent)
          .finally(() => signal.removeEventListener('abort', giveUp))
          .then(resolve, reject);
      });
    },
    close: () => Promise.resolve(),
  };
  return new Identification({
    identifier,
    library: inThisThread(library),
    clock,
    logger: { ...silentLogger, error: (facts) => defects.push(facts) },
    onChanges: () => library.tree.changed(),
  });
}

const anime = (digit: string): ReturnType<typeof item> => {
  const name = '[Group] Title - 17 [1080p].mkv';
  return item(digit, name, [file(name)]);
};

function list(account: string, ...items: readonly ReturnType<typeof item>[]): void {
  library.librarian.applyListing(account, 'torrents', complete(...items), minuteMs);
  library.tree.changed();
  identification.poke();
}

const shows = (): readonly string[] =>
  filesBelow(library.tree, 'shows').map((path) => `shows/${path}`.replace('shows/shows', 'shows'));
const never = (): Promise<null> => new Promise(() => undefined);

it('a new torrent that looks like anime is shown once it is known, by what it is', async () => {
  list('rd', anime('a'));
  expect(shows()).toEqual([]);
  await clock.advance(100);
  expect(shows()).toEqual([knownPath]);
});

it('a torrent that is not known is shown by its names, and asked about again after a week', async () => {
  answer = () => Promise.resolve(null);
  list('rd', anime('a'));
  await clock.advance(100);
  expect(shows()).toEqual([plainPath]);
  await clock.advance(6 * dayMs);
  expect(asked).toHaveLength(1);
  await clock.advance(2 * dayMs);
  expect(asked).toHaveLength(2);
});

it('an answer that does not come is waited for half a minute, and renames nothing when it comes later', async () => {
  let tell: (known: Known) => void = () => undefined;
  answer = () => new Promise((resolve) => (tell = resolve));
  list('rd', anime('a'));
  await clock.advance(29_000);
  expect(shows()).toEqual([]);
  await clock.advance(3_000);
  expect(shows()).toEqual([plainPath]);
  tell(known);
  await clock.advance(minuteMs);
  expect(shows()).toEqual([plainPath]);
  await identification.stop();
  library.close();
  library = openLibrary(folder.path, clock);
  expect(shows()).toEqual([plainPath]);
});

it('while the catalogue fails nothing waits for it, and it is asked again when it said', async () => {
  answer = () =>
    Promise.reject(new AppError('rate-limited', 'slow down', { retry: 'wait', retryAfterMs: 5 * minuteMs }));
  list('rd', anime('a'));
  await clock.advance(100);
  expect(shows()).toEqual([plainPath]);
  await clock.advance(4 * minuteMs);
  expect(asked).toHaveLength(1);
  list('rd', anime('a'), anime('b'));
  expect(shows()).toHaveLength(2);
  answer = () => Promise.resolve(null);
  await clock.advance(2 * minuteMs);
  expect(asked.length).toBeGreaterThan(1);
});

it('failures without a delay are waited out longer each time', async () => {
  answer = () => Promise.reject(new AppError('service-down', 'away'));
  list('rd', anime('a'));
  await clock.advance(dayMs);
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.length).toBeLessThan(60);
});

it('two accounts with one torrent make one lookup, and a return of it makes none', async () => {
  list('rd', anime('a'));
  list('ad', anime('a'));
  await clock.advance(minuteMs);
  for (const account of ['rd', 'ad']) {
    list(account);
    clock.skip(2 * minuteMs);
    list(account);
  }
  expect(shows()).toEqual([]);
  list('rd', anime('a'));
  expect(shows()).toEqual([knownPath]);
  await clock.advance(100 * dayMs);
  expect(asked).toHaveLength(1);
});

it('one lookup is in flight at a time', async () => {
  answer = never;
  list('rd', anime('a'), anime('b'), anime('c'));
  await clock.advance(10 * minuteMs);
  expect(asked).toHaveLength(1);
  answer = () => Promise.resolve(null);
});

it('nothing is asked about what does not look like anime', async () => {
  const name = 'Show.S01E02.1080p.WEB.h264-XYZ.mkv';
  list('rd', item('d', name, [file(name)]));
  expect(shows()).toHaveLength(1);
  await clock.advance(dayMs);
  expect(asked).toEqual([]);
});

it('of a first listing of thousands nearly all are shown at once, and the rest after half a minute', async () => {
  answer = never;
  const many = Array.from({ length: 300 }, (_, index) => {
    const name = `[Group] Title - ${index + 1} [1080p].mkv`;
    return item(String(index), name, [file(name)], { torrent: String(index).padStart(40, '0') });
  });
  list('rd', ...many);
  expect(shows().length).toBeGreaterThan(260);
  await clock.advance(32_000);
  expect(shows()).toHaveLength(300);
});

it('what was learnt later comes into names when the user asks, and the folder of its neighbours follows', async () => {
  answer = () => Promise.reject(new AppError('service-down', 'away'));
  const other = '[Group] Title - 18 [720p].mkv';
  list('rd', anime('a'), item('e', other, [file(other)]));
  await clock.advance(100);
  const before = shows();
  expect(before).toContain(plainPath);
  answer = (torrent) =>
    Promise.resolve(torrent.startsWith('a') ? { ...known, title: 'Title', year: null } : null);
  await clock.advance(5 * minuteMs);
  expect(shows()).toEqual(before);
  const { librarian } = library;
  const to = 'shows/Title {tvdb-42}/Season 02/Title - S02E05 - [1080p-Group].mkv';
  expect(librarian.retag('shows/Other', false).renamed).toEqual([]);
  const dry = librarian.retag('shows/Title', true);
  expect(dry.renamed).toContainEqual({ from: plainPath, to });
  library.tree.changed();
  expect(shows()).toEqual(before);
  expect(librarian.retag('', false).renamed).toEqual(dry.renamed);
  library.tree.changed();
  expect(shows().toSorted()).toEqual([
    'shows/Title {tvdb-42}/Season 01/Title - S01E18 - [720p-Group].mkv',
    to,
  ]);
  expect(librarian.retag('', false).renamed).toEqual([]);
});

it('a library of the version before gets a place for answers and keeps what it shows', () => {
  const old = temporaryFolder();
  const db = new Database(join(old.path, 'library.db'));
  const before = migrations.slice(0, 4);
  for (const step of before) db.exec(step);
  db.pragma(`user_version = ${before.length}`);
  db.exec("INSERT INTO torrent (key, name) VALUES ('aa', 'A')");
  db.close();
  const opened = openLibrary(old.path, clock);
  expect(opened.librarian.toIdentify(10)).toEqual({ torrents: [], isMore: false, awaited: 0 });
  opened.librarian.applyListing('rd', 'torrents', complete(anime('a')), minuteMs);
  expect(opened.librarian.toIdentify(10).torrents).toEqual(['a'.repeat(40)]);
  opened.close();
  old.remove();
});

it('a torrent that nekoBT always fails at does not keep the others from being asked about', async () => {
  const asked: string[] = [];
  answer = (torrent) => {
    asked.push(torrent[0] ?? '');
    return torrent.startsWith('a')
      ? Promise.reject(new AppError('bad-answer', 'It cannot be understood.', { retry: 'wait' }))
      : Promise.resolve(null);
  };
  list('rd', anime('a'), anime('b'));
  await clock.advance(1_000);
  list('rd', anime('a'), anime('b'), anime('c'));
  await clock.advance(10 * minuteMs);
  expect([...new Set(asked)].toSorted()).toEqual(['a', 'b', 'c']);
  await clock.advance(120 * minuteMs);
  expect(asked.filter((torrent) => torrent === 'a').length).toBeLessThan(12);
});

it('a library on a full disk does not keep the start from going on', async () => {
  const full = (): Promise<never> => Promise.reject(new AppError('storage', 'The disk is full.'));
  const own = new FakeClock();
  const identification = new Identification({
    identifier: { identify: () => Promise.resolve(null), close: () => Promise.resolve() },
    library: { toIdentify: full, identified: full, awaitAnswers: full },
    clock: own,
    logger: silentLogger,
    onChanges: () => undefined,
  });
  await identification.start();
  await own.advance(minuteMs);
  await identification.stop();
});
