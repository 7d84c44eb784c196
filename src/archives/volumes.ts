/** A file of a torrent, as far as its name tells whether it is a volume. */
export interface NamedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Where a name stands among those of its set. */
interface Numbered {
  /** What the names of a set have in common. */
  readonly set: string;
  /** From 0. */
  readonly number: number;
  /** Digits of the number, where their count varies. */
  readonly digits: number;
}

/**
 * The sets of RAR volumes among the files of a torrent: indexes into `files` in the order of the volumes, the sets in the order of
 * their first ones. Volumes are called `x.part1.rar`, with any number of leading zeros, or `x.rar`, `x.r00` to `x.r99`, `x.s00` to `x.z99`
 * (documented: RAR manual, switches -v and -vn). A set without its first volume, with a gap or with two files for one volume is
 * none, and an empty file is no volume.
 */
export function volumeSets(files: readonly NamedFile[]): readonly (readonly number[])[] {
  const sets = new Map<string, (Numbered & { readonly index: number })[]>();
  files.forEach(({ path, size }, index) => {
    const numbered = size > 0 ? numberIn(path) : null;
    if (numbered === null) return;
    const members = sets.get(numbered.set) ?? [];
    members.push({ ...numbered, index });
    sets.set(numbered.set, members);
  });
  return [...sets.values()]
    .map((members) => members.sort((a, b) => a.number - b.number))
    .filter(isWhole)
    .map((members) => members.map(({ index }) => index))
    .sort(([a = 0], [b = 0]) => a - b);
}

/** A number has as many digits as the first one has, and more only where it needs them. */
function isWhole(members: readonly Numbered[]): boolean {
  const width = members[0]?.digits ?? 0;
  return members.every(
    ({ number, digits }, at) =>
      number === at && (digits === 0 || digits === Math.max(width, `${number + 1}`.length)),
  );
}

function numberIn(path: string): Numbered | null {
  const [, partStem, digits] = /^(.*)\.part(\d{1,9})\.rar$/is.exec(path) ?? [];
  if (partStem !== undefined && digits !== undefined) {
    return { set: `part ${partStem}`, number: Number(digits) - 1, digits: digits.length };
  }
  const [, stem, letter, pair] = /^(.*)\.(?:rar|([r-z])(\d\d))$/is.exec(path) ?? [];
  if (stem === undefined) return null;
  if (letter === undefined) return { set: `old ${stem}`, number: 0, digits: 0 };
  const century = letter.toLowerCase().charCodeAt(0) - 'r'.charCodeAt(0);
  return { set: `old ${stem}`, number: 1 + century * 100 + Number(pair), digits: 0 };
}
