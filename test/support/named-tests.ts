import { readFile } from 'node:fs/promises';

/** A test that a page names: a link whose text is the title, as the code has it. */
export interface NamedTest {
  readonly title: string;
  /** As the page has it. */
  readonly file: string;
}

/** The rows of the tables of a page, without their heads. */
export function rowsOf(page: string): string[] {
  const lines = page.split('\n');
  return lines.filter((line, index) => line.startsWith('| ') && !isHead(line, lines[index + 1] ?? ''));
}

function isHead(line: string, next: string): boolean {
  return /^\| -/.test(line) || /^\| -/.test(next);
}

/** What the last cell of a row names. */
export function testsOf(row: string): NamedTest[] {
  const cell = row.split(' | ').at(-1) ?? '';
  return [...cell.matchAll(/\[([^\]]+)\]\(((?:\.\.\/)+test\/[^)]+)\)/g)].map(([, title = '', file = '']) => ({
    title,
    file,
  }));
}

/** Those that there are not. */
export async function missing(page: URL, named: readonly NamedTest[]): Promise<NamedTest[]> {
  const found = await Promise.all(
    named.map(async ({ title, file }) => {
      const source = await readFile(new URL(file, page), 'utf8').catch(() => '');
      // Titles are written in the code as they are, in whatever quotes.
      return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
    }),
  );
  return named.filter((_, index) => found[index] === false);
}
