/** To which video a subtitle belongs, and what its name adds to the video's. */
import { languageCode } from './languages.js';
import type { NameReader } from './name-reader.js';
import type { TorrentFile } from './sort-files.js';

/** Where videos lie, for subtitles to find theirs. */
export class VideoIndex {
  readonly #reader: NameReader;
  readonly #byStem = new Map<string, number>();
  readonly #byEpisode = new Map<string, number | null>();
  readonly #onlyIn = new Map<string, number | null>();

  constructor(reader: NameReader) {
    this.#reader = reader;
  }

  /** @param isMain false for an extra, which only takes subtitles that have its name. */
  add(file: TorrentFile, isMain: boolean): void {
    const key = stemKey(file.folders, file.stem);
    if (!this.#byStem.has(key)) this.#byStem.set(key, file.index);
    if (!isMain) return;
    const episode = this.#episodeOf(file.stem);
    if (episode !== null) setOnly(this.#byEpisode, episode, file.index);
    for (let depth = file.folders.length; depth >= 0; depth -= 1) {
      setOnly(this.#onlyIn, file.folders.slice(0, depth).join('/'), file.index);
    }
  }

  /**
   * The video of a subtitle, by its stem, else its episode, else as the only film around; with it the words that say
   * what kind of subtitle it is.
   */
  find(subtitle: TorrentFile): { readonly video: number; readonly words: readonly string[] } | null {
    const { folders, stem } = subtitle;
    for (let depth = folders.length; depth >= 0; depth -= 1) {
      const above = folders.slice(0, depth);
      for (const end of wordEnds(stem)) {
        const video = this.#byStem.get(stemKey(above, stem.slice(0, end)));
        if (video !== undefined) return { video, words: wordsIn(stem.slice(end)) };
      }
      const named = folders.slice(depth).map((folder) => this.#byStem.get(stemKey(above, folder)));
      const video = named.find((one) => one !== undefined);
      if (video !== undefined) return { video, words: wordsIn(stem) };
    }
    const words = wordsIn(stem).slice(-4);
    const [told] = [stem, ...folders.toReversed()].flatMap((name) => this.#episodeOf(name) ?? []);
    if (told !== undefined) {
      const video = this.#byEpisode.get(told) ?? null;
      return video === null ? null : { video, words };
    }
    for (let depth = folders.length; depth >= 0; depth -= 1) {
      const only = this.#onlyIn.get(folders.slice(0, depth).join('/'));
      if (only !== undefined) return only === null ? null : { video: only, words };
    }
    return null;
  }

  #episodeOf(name: string): string | null {
    const { marker } = this.#reader.read(name);
    if (marker?.strength !== 'strong' || marker.season === null) return null;
    return `${marker.season}:${marker.episodes.join(',')}`;
  }
}

/**
 * What follows the video's stem in a subtitle's name: language (ISO 639-1), `forced`, `sdh`, extension. A subtitle whose
 * name tells no language takes it from its folder (`Subs/English/…`).
 */
export function subtitleSuffix(subtitle: TorrentFile, words: readonly string[]): string {
  const folderWords = wordsIn(subtitle.folders.at(-1) ?? '').slice(-2);
  const language = languageIn(words) ?? languageIn(folderWords.filter((word) => word.length > 2));
  const all = new Set(words);
  const forced = all.has('forced') || all.has('foreign');
  const impaired = all.has('sdh') || all.has('cc') || (all.has('hi') && language !== 'hi');
  return [
    language === null ? '' : `.${language}`,
    forced ? '.forced' : '',
    impaired ? '.sdh' : '',
    subtitle.extension.toLowerCase(),
  ].join('');
}

/** The last word that is a language; `hi` only where no other word is, because it also means hearing-impaired. */
function languageIn(words: readonly string[]): string | null {
  const languages = words.filter((word) => languageCode(word) !== null);
  const word = languages.findLast((one) => one !== 'hi' && one !== 'cc') ?? languages.at(-1);
  return word === undefined ? null : languageCode(word);
}

function wordsIn(text: string): readonly string[] {
  return text
    .slice(-255)
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
}

/** Where the words of a stem end, the whole stem first. */
function wordEnds(stem: string): readonly number[] {
  const ends = Array.from(stem.slice(0, 1000).matchAll(/[^\p{L}\p{N}]/gu), (match) => match.index);
  return [stem.length, ...ends.reverse()];
}

function stemKey(folders: readonly string[], stem: string): string {
  return [...folders, stem].join('/').toLowerCase();
}

/** Keeps the one value of a key; null once there were two. */
function setOnly(map: Map<string, number | null>, key: string, value: number): void {
  map.set(key, map.has(key) ? null : value);
}
