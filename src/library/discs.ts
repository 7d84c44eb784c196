/** Places films that are copies of a disc: their structure stays as it is, or no player could read it. */
import { groupBy } from '../core/group-by.js';
import { folderContainers, type Container } from './context.js';
import type { NameReader } from './name-reader.js';
import { cleanComponent, cleanFileName, cleanFolderName, splitExtension } from './names.js';
import type { FileOverride } from './overrides.js';
import type { PlacedFolder, Placement } from './placement.js';
import type { SortedFile } from './sort-files.js';
import { shownTitle, titleKey, type Title } from './titles.js';

/**
 * Placements of the files of discs. A disc whose names tell a season, or no title, gets none.
 * @param outer the names around the whole torrent.
 */
export function placeDiscs(
  files: readonly SortedFile[],
  torrent: string,
  outer: readonly Container[],
  reader: NameReader,
  overrideFor: (file: SortedFile) => FileOverride,
): readonly Placement[] {
  const discs = groupBy(
    files.filter(({ role }) => role.kind === 'disc'),
    (file) => discFolders(file).join('/'),
  );
  const titled = [...discs].flatMap(([path, structure]) => {
    const title = correctedTitle(discTitle(structure, outer, reader), structure, overrideFor);
    return title === null ? [] : [{ path, structure, title, key: titleKey(title) }];
  });
  return titled.flatMap(({ path, structure, title, key }) => {
    const folders: PlacedFolder[] = [{ name: shownTitle(title), key, yearMayLack: false }];
    const isOneOfSeveral = titled.filter((other) => other.key === key).length > 1;
    if (isOneOfSeveral) {
      const name = cleanFolderName(path.split('/').at(-1) ?? '');
      folders.push({ name, key: `disc:${torrent}:${path}`, yearMayLack: false });
    }
    return structure.map((file): Placement => {
      const below = file.folders.slice(discFolders(file).length);
      const [stem, extension] = splitExtension(cleanFileName(file.stem + file.extension));
      return {
        file: file.index,
        view: 'movies',
        // Keys hold the torrent: two discs of one film must not be mixed into one structure.
        folders: [
          ...folders,
          ...below.map((name) => ({
            name: cleanFolderName(name),
            key: `disc:${torrent}:${cleanComponent(name).toLowerCase()}`,
            yearMayLack: false,
          })),
        ],
        name: { kind: 'plain', stem, extension },
        about: { kind: 'movie', ...title, resolution: null, languages: [] },
        goesWith: null,
        version: null,
        confidence: title.year === null ? 'medium' : 'strong',
        why: 'It belongs to a disc, whose structure is kept.',
      };
    });
  });
}

/** The title as the user wants it; null where they say that it is no film. */
function correctedTitle(
  guessed: Title | null,
  [first]: readonly SortedFile[],
  overrideFor: (file: SortedFile) => FileOverride,
): Title | null {
  if (first === undefined) return null;
  const { kind, title, year } = overrideFor(first);
  const text = title ?? guessed?.title;
  if (text === undefined || (kind !== undefined && kind !== 'movie')) return null;
  return { title: text, year: year === undefined ? (guessed?.year ?? null) : year };
}

/** The folders above a disc's structure. */
function discFolders({ folders, role }: SortedFile): readonly string[] {
  return role.kind === 'disc' ? folders.slice(0, role.depth) : folders;
}

function discTitle(
  structure: readonly SortedFile[],
  outer: readonly Container[],
  reader: NameReader,
): Title | null {
  const [first] = structure;
  if (first === undefined) return null;
  const around = [...folderContainers({ ...first, folders: discFolders(first) }, reader), ...outer];
  if (around.some(({ name }) => name.seasons !== null || name.marker !== null)) return null;
  const named = around.filter(({ title }) => title !== '');
  const best = named.find(({ name }) => (name.year?.year ?? null) !== null) ?? named[0];
  return best === undefined ? null : { title: best.title, year: best.name.year?.year ?? null };
}
