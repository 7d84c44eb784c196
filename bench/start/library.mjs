/** A library as an earlier run left it, written through the librarian itself. */
import { existsSync } from 'node:fs';
import { setImmediate as aTurn } from 'node:timers/promises';
import { systemClock } from '../../dist/core/clock.js';
import { silentLogger } from '../../dist/core/logger.js';
import { databasePath, openForWriting } from '../../dist/store/database.js';
import { Librarian } from '../../dist/sync/librarian.js';

/** The account that holds all of it. */
export const accountName = 'bench';

/** Folders in `movies/`. */
export const movieCount = 3_000;
const showCount = 1_000;
const episodeCount = 47;
/** Every video comes with a subtitle. */
export const fileCount = 2 * (movieCount + showCount * episodeCount);

/** Torrents that are written in one transaction. */
const sliceLength = 200;

const syllables = ['ka', 'lo', 'mi', 'ren', 'sta', 'tor', 'ul', 've', 'wan', 'zi'];
const two = (number) => String(number).padStart(2, '0');

/** Two words without meaning, others for each number. */
function title(number) {
  const word = (digits) => [...digits].map((digit) => syllables[digit]).join('');
  const capital = (text) => text[0].toUpperCase() + text.slice(1);
  const digits = String(number + 10_000);
  return `${capital(word(digits.slice(0, 3)))}.${capital(word(digits.slice(3)))}`;
}

function withSubtitle(stem, size) {
  const file = (path, bytes) => ({ path, pathTold: true, size: bytes, ref: path, packed: false });
  return [file(`${stem}.mkv`, size), file(`${stem}.en.srt`, 80_000)];
}

function movie(number) {
  const name = `${title(number)}.${1960 + (number % 65)}.1080p.BluRay.x264-GRP`;
  return { name, files: withSubtitle(name, 8_000_000_000 + number) };
}

function show(number) {
  const release = (what) => `${title(number)}.S01${what}.1080p.WEB-DL.x264-GRP`;
  const files = Array.from({ length: episodeCount }, (_, index) =>
    withSubtitle(release(`E${two(index + 1)}`), 2_000_000_000 + index),
  );
  return { name: release(''), files: files.flat() };
}

function item(number) {
  const { name, files } = number < movieCount ? movie(number) : show(number);
  return {
    ...{ id: String(number), torrent: number.toString(16).padStart(40, '0'), name, files },
    ...{ addedMs: Date.UTC(2026, 0, 1) + number * 60_000, state: 'ready', reason: null, revision: '1' },
  };
}

/** Makes the library in a state folder, unless it is there. */
export async function makeLibrary(stateDir, signal) {
  if (existsSync(databasePath(stateDir))) return;
  const settings = { anime: 'shows', versions: 'all', folders: [], overrides: new Map() };
  const librarian = new Librarian(
    openForWriting(stateDir),
    { accounts: [accountName], ...settings },
    systemClock,
    silentLogger,
  );
  try {
    const items = Array.from({ length: movieCount + showCount }, (_, number) => item(number));
    for (let from = 0; from < items.length; from += sliceLength) {
      const listing = { scope: 'changes', items: items.slice(from, from + sliceLength), unreadable: [] };
      librarian.applyListing(accountName, 'torrents', listing, 0);
      await aTurn();
      signal.throwIfAborted();
    }
    // Last, so that one that was cut off is known.
    librarian.markPublished();
  } finally {
    librarian.close();
  }
}
