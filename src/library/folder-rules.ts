/** Folders beside movies and shows, and which files belong into them. */
import type { AccountName } from '../core/account.js';
import type { About } from './placement.js';
import { normalTitle } from './release-text.js';

/** From the first number to the last, both included; a missing end is open. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A folder and what belongs into it: what meets every condition. A null condition is met by everything. */
export interface FolderRule {
  /** A legal component that no other folder at the top of the tree has. Several rules may fill one folder. */
  readonly name: string;
  readonly kind: 'movie' | 'show' | null;
  /** Any of them; however spelled. */
  readonly title: readonly string[] | null;
  readonly year: Span | null;
  /** Lines of the picture: 1080, 2160. What names tell nothing about meets no span. */
  readonly resolution: Span | null;
  /** Any of them, ISO 639-1. */
  readonly language: readonly string[] | null;
  /** Any of them holds it. */
  readonly account: readonly AccountName[] | null;
  /** Milliseconds since it was added. */
  readonly age: Span | null;
  /** Bytes. */
  readonly size: Span | null;
  /** Found in the torrent's name, a slash, and the path in it. */
  readonly regex: RegExp | null;
  /** True: what matches is moved there, and no later rule of this kind is asked; false: it is shown there as well. */
  readonly only: boolean;
}

/** A file as the rules see it. */
export interface RuledFile {
  readonly about: About;
  readonly accounts: readonly AccountName[];
  readonly ageMs: number;
  readonly sizeBytes: number;
  /** Torrent's name, a slash, path in the torrent. */
  readonly path: string;
}

/** Longest text that a rule's expression looks at: the user's may be one that takes its time. */
const maxTextLength = 512;

/** The folders in which a file is shown: whether also in the library's own, and which of the rules'. */
export interface Belonging {
  readonly library: boolean;
  /** Each once, in the order of the rules. */
  readonly folders: readonly string[];
}

/** Where a file belongs. `other/` has no rules. */
export function belonging(file: RuledFile, rules: readonly FolderRule[]): Belonging {
  if (file.about.kind === 'other') return { library: true, folders: [] };
  let library = true;
  const folders = new Set<string>();
  for (const rule of rules) {
    if ((rule.only && !library) || !matches(file, rule)) continue;
    folders.add(rule.name);
    if (rule.only) library = false;
  }
  return { library, folders: [...folders] };
}

function matches(file: RuledFile, rule: FolderRule): boolean {
  const { about, accounts, ageMs, sizeBytes, path } = file;
  const { kind, title, language, account, regex } = rule;
  const lines = about.resolution === null ? null : Number.parseInt(about.resolution, 10);
  return (
    (kind === null || kind === about.kind) &&
    (title === null || title.some((one) => normalTitle(one) === normalTitle(about.title))) &&
    isWithin(about.year, rule.year) &&
    isWithin(lines, rule.resolution) &&
    (language === null || language.some((one) => about.languages.includes(one))) &&
    (account === null || account.some((one) => accounts.includes(one))) &&
    isWithin(ageMs, rule.age) &&
    isWithin(sizeBytes, rule.size) &&
    (regex === null || new RegExp(regex).test(path.slice(0, maxTextLength)))
  );
}

function isWithin(value: number | null, span: Span | null): boolean {
  return span === null || (value !== null && value >= span.from && value <= span.to);
}

/** The ages, in milliseconds, at which a file comes under a rule or has left it. */
export function turningAges(rules: readonly FolderRule[]): readonly number[] {
  const ends = rules.flatMap(({ age }) => (age === null ? [] : [age.from, age.to + 1]));
  return [...new Set(ends.filter((end) => end > 0 && Number.isFinite(end)))];
}
