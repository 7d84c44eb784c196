// Compares what debridfs makes of names with what guessit makes of them, and prints where they disagree: each is worth a
// look, and either may be right. `npm run oracle -- [FILE]`: a file with one path a line (as in a torrent, folders
// included); without one, the torrents of the tests.
import { readdirSync, readFileSync } from 'node:fs';
import { guessit } from 'guessit-js';

const { placeTorrent } = await import('../dist/library/place.js').catch(() => {
  console.error('Build first: npm run build');
  process.exit(1);
});
const { splitRoot } = await import('../dist/library/raw-paths.js');

/** Torrents as `{ name, paths }`. */
function torrentsFrom(file) {
  if (file !== undefined) {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => ({ name: line.split('/')[0], files: [{ path: line, megabytes: 1000 }] }));
  }
  const fixtures = new URL('../test/library/fixtures/', import.meta.url);
  return readdirSync(fixtures)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(new URL(name, fixtures), 'utf8')));
}

const one = (value) => (Array.isArray(value) ? value[0] : value);
const normal = (text) =>
  String(text ?? '')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '');

/** What guessit says of a path, as one line. */
function guessed(path) {
  const said = guessit(path);
  const title = normal(one(said.title));
  if (said.date !== undefined) return `${title} ${new Date(one(said.date)).toISOString().slice(0, 10)}`;
  if (said.type === 'episode') {
    const episodes = said.episode === undefined ? '' : [said.episode].flat().join(',');
    return `${title} season ${one(said.season) ?? 1} episode ${episodes}`;
  }
  return `${title} (${one(said.year) ?? ''})`;
}

/** What debridfs says of a placed video, as one line. */
function ours({ about, name, folders }) {
  const title = normal(about.title);
  if (about.kind === 'movie') return `${title} (${about.year ?? ''})`;
  const date = /\d{4}-\d\d-\d\d/.exec(name.rest ?? '');
  if (date !== null) return `${title} ${date[0]}`;
  const season = Number(folders[1]?.key.split(':')[1] ?? 0);
  const [, first, last] = /E(\d+)(?:-E(\d+))?/.exec(name.rest ?? '') ?? [];
  const episodes = first === undefined ? '' : Number(first) + (last === undefined ? '' : `,${Number(last)}`);
  return `${title} season ${season} episode ${episodes}`;
}

let compared = 0;
let different = 0;
for (const { name, files } of torrentsFrom(process.argv[2])) {
  const { root, paths } = splitRoot(files.map(({ path }) => path));
  const facts = {
    torrent: 'a'.repeat(40),
    name,
    root,
    addedMs: 0,
    files: files.map(({ megabytes }, index) => ({
      path: paths[index],
      size: megabytes * 1e6,
      packed: false,
    })),
  };
  for (const placement of placeTorrent(facts, { anime: 'shows' })) {
    if (placement.name.kind !== 'titled') continue;
    const { path } = files[placement.file];
    const [mine, theirs] = [ours(placement), guessed(path)];
    compared += 1;
    if (mine === theirs) continue;
    different += 1;
    console.log(`${path}\n  debridfs: ${mine}\n  guessit:  ${theirs}`);
  }
}
console.log(`${different} of ${compared} videos differ`);
