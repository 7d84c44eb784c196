import type { FoundRow } from '../core/finding.js';
import { formatAge, formatBytes } from './format.js';

interface Column {
  readonly name: string;
  readonly cell: (row: FoundRow, nowMs: number) => string;
  /** Columns of the terminal that it takes at most. */
  readonly most: number;
}

const id: Column = { name: 'ID', cell: (row) => row.id, most: 64 };
const title: Column = { name: 'TITLE', cell: (row) => row.title, most: 250 };
/** Behind the title, in this order. */
const others = {
  group: { name: 'GROUP', cell: (row) => row.groups.join(', '), most: 16 },
  size: { name: 'SIZE', cell: (row) => (row.size === null ? '?' : formatBytes(row.size)), most: 10 },
  video: { name: 'VIDEO', cell: (row) => row.video, most: 12 },
  audio: { name: 'AUDIO', cell: (row) => row.audio.join(','), most: 11 },
  subtitles: { name: 'SUBS', cell: (row) => row.subtitles.join(','), most: 17 },
  seeders: { name: 'SEEDS', cell: (row) => String(row.seeders ?? '?'), most: 8 },
  since: { name: 'SINCE', cell: since, most: 10 },
  have: { name: 'HAVE', cell: have, most: 30 },
} as const satisfies Readonly<Record<string, Column>>;
/** Which give way to the title where a terminal is narrow, the first one first. */
const givingWay = ['since', 'subtitles', 'audio', 'group', 'video', 'seeders', 'have', 'size'] as const;
/** Narrower than that no title is worth reading. */
const leastTitle = 20;
const gap = 2;

/** A table of torrents that fits a terminal of so many columns: first the title gives way, then whole columns. */
export function renderFound(rows: readonly FoundRow[], width: number, nowMs: number): string {
  const roomOf = (column: Column): number =>
    Math.min(column.most, Math.max(column.name.length, ...rows.map((row) => widthOf(text(column, row)))));
  const text = ({ cell }: Column, row: FoundRow): string => plain(cell(row, nowMs));
  const shown = new Set<keyof typeof others>([
    'group',
    'size',
    'video',
    'audio',
    'subtitles',
    'seeders',
    'since',
    'have',
  ]);
  const titleRoom = (): number =>
    [...shown].reduce((left, key) => left - gap - roomOf(others[key]), width - roomOf(id) - gap);
  for (const key of givingWay) if (titleRoom() < leastTitle) shown.delete(key);
  const rooms: readonly (readonly [Column, number])[] = [
    [id, roomOf(id)],
    [title, Math.max(leastTitle, Math.min(roomOf(title), titleRoom()))],
    ...[...shown].map((key) => [others[key], roomOf(others[key])] as const),
  ];
  const line = (cellOf: (column: Column) => string): string =>
    rooms
      .map(([column, room]) => pad(cut(cellOf(column), room), room))
      .join(' '.repeat(gap))
      .trimEnd();
  return [line(({ name }) => name), ...rows.map((row) => line((column) => text(column, row)))]
    .map((each) => `${each}\n`)
    .join('');
}

function since({ uploadedMs }: FoundRow, nowMs: number): string {
  return uploadedMs === 0 ? '?' : formatAge(uploadedMs, nowMs).replace(/ ago$/, '');
}

/** Who holds it, then who has it ready. */
function have({ heldBy, cachedAt }: FoundRow): string {
  const ready = cachedAt.filter((name) => !heldBy.includes(name)).map((name) => `${name} (ready)`);
  return [...heldBy, ...ready].join(', ');
}

/** Without what a terminal would obey. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '');
}

/** Columns on a terminal: letters of East Asia take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += letterWidth(letter);
  return width;
}

function letterWidth(letter: string): number {
  if (/\p{M}/u.test(letter)) return 0;
  return /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u.test(
    letter,
  )
    ? 2
    : 1;
}

function cut(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  let kept = '';
  let width = 0;
  for (const letter of text) {
    if (width + letterWidth(letter) > room - 1) break;
    kept += letter;
    width += letterWidth(letter);
  }
  return `${kept}…`;
}

function pad(text: string, room: number): string {
  return text + ' '.repeat(Math.max(0, room - widthOf(text)));
}
