/** Which videos are extras, and the folder that Plex and Jellyfin both know for them. */
import { readableText } from './release-text.js';

export type ExtraFolder =
  | 'Behind The Scenes'
  | 'Deleted Scenes'
  | 'Featurettes'
  | 'Interviews'
  | 'Scenes'
  | 'Shorts'
  | 'Trailers'
  | 'Other';

const folderWords: readonly (readonly [RegExp, ExtraFolder])[] = [
  [/(?:^|[ -])behind the scenes$/i, 'Behind The Scenes'],
  [/(?:^|[ -])deleted(?: scenes?)?$/i, 'Deleted Scenes'],
  [/(?:^|[ -])(?:featurettes?|making of)$/i, 'Featurettes'],
  [/(?:^|[ -])interviews?$/i, 'Interviews'],
  [/(?:^|[ -])(?:trailers?|teasers?)$/i, 'Trailers'],
  [/^scenes$/i, 'Scenes'],
  [/^shorts$/i, 'Shorts'],
  [
    /^(?:other|clips|nc(?:op|ed)s?(?: .*)?|creditless)$|(?:^|[ -])(?:extras?|bonus(?: disc| features| material)?|special features)$/i,
    'Other',
  ],
];

const fileWords: readonly (readonly [RegExp, ExtraFolder])[] = [
  [/\bbehind the scenes\b/i, 'Behind The Scenes'],
  [/\bdeleted scenes?\b/i, 'Deleted Scenes'],
  [/\bfeaturettes?\b|\bmaking of\b/i, 'Featurettes'],
  [/\binterviews?\b/i, 'Interviews'],
  [/\btrailers?\b|\bteasers?\b/i, 'Trailers'],
  [/\bbloopers?\b|\bgag reel\b|\bouttakes?\b|\bcreditless\b|\btextless\b|\bNC(?:OP|ED)/i, 'Other'],
  [/\b(?:PV|CM|Menu)\d{0,3}\b/, 'Other'],
];

/** What a folder's name means for the videos in it; null where it is no extras folder. */
export function extraByFolder(name: string): ExtraFolder | null {
  return lookUp(folderWords, readableText(name));
}

/** What a file's stem means by its words; null where it has none of an extra. */
export function extraByWords(stem: string): ExtraFolder | null {
  return lookUp(fileWords, readableText(stem));
}

function lookUp(table: readonly (readonly [RegExp, ExtraFolder])[], text: string): ExtraFolder | null {
  const capped = text.slice(0, 255);
  return table.find(([pattern]) => pattern.test(capped))?.[1] ?? null;
}
