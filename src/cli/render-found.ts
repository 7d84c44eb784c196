import type { FoundRow } from '../core/finding.js';
import { formatAge, formatBytes } from './format.js';

const columns = ['ID', 'TITLE', 'GROUP', 'SIZE', 'AUDIO', 'SUBS', 'SEEDS', 'SINCE', 'HAVE'] as const;
/** Narrower than that no title is worth reading. */
const leastTitle = 20;
const mostGroup = 16;

/** A table of torrents that fits a terminal of so many columns: the title gives way. */
export function renderFound(rows: readonly FoundRow[], width: number, nowMs: number): string {
  const cells = rows.map((row) => [
    row.id,
    plain(row.title),
    cut(plain(row.groups.join(', ')), mostGroup),
    row.size === null ? '?' : formatBytes(row.size),
    row.audio.join(','),
    row.subtitles.join(','),
    row.seeders === null ? '?' : String(row.seeders),
    row.uploadedMs === 0 ? '?' : formatAge(row.uploadedMs, nowMs).replace(/ ago$/, ''),
    [
      ...row.heldBy,
      ...row.cachedAt.filter((name) => !row.heldBy.includes(name)).map((name) => `${name} (ready)`),
    ].join(', '),
  ]);
  const widths = columns.map((name, at) =>
    Math.max(name.length, ...cells.map((row) => widthOf(row[at] ?? ''))),
  );
  const others = widths.reduce((sum, own, at) => (at === 1 ? sum : sum + own + 2), 0);
  const title = Math.max(leastTitle, Math.min(widths[1] ?? 0, width - others));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => {
        const room = at === 1 ? title : (widths[at] ?? 0);
        return pad(cut(cell, room), room);
      })
      .join('  ')
      .trimEnd();
  return `${[line(columns), ...cells.map(line)].join('\n')}\n`;
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
