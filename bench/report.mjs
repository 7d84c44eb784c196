/** The measurements as a Markdown table, with the machine they were made on. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { format, resolveConfig } from 'prettier';

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

function written(number) {
  if (number >= 100) return Math.round(number).toLocaleString('en-US');
  if (Number.isInteger(number)) return String(number);
  return number.toFixed(number >= 10 ? 1 : 2);
}

const bold = (text, isBold) => (isBold ? `**${text}**` : text);

/** The numbers of a column, `median (smallest–largest)`. */
function own(numbers) {
  const middle = written(median(numbers));
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? middle : `${middle} (${written(least)}–${written(most)})`;
}

/**
 * @param numbersOf the samples of a column, by its name; empty where it has none.
 * @param baseline the column whose ratio stands at every other one's number; null where there is none.
 */
function cell({ aims = [], absolute = false }, column, numbersOf, baseline) {
  const numbers = numbersOf(column.name);
  if (numbers.length === 0) return '';
  const value = median(numbers);
  const isReached = (aim) => column.isOurs === true && aim.isReached(value, median(numbersOf(aim.of)));
  const limits = aims.filter(({ of }) => of === null);
  const isOwnBold =
    column.isOurs === true && limits.length > 0 && limits.every((aim) => aim.isReached(value));
  const relative = aims.filter(
    ({ of }) =>
      of !== null && of !== column.name && numbersOf(of).length > 0 && (column.isOurs || of === baseline),
  );
  const compared = relative.map((aim) => bold(aim.told(value, median(numbersOf(aim.of))), isReached(aim)));
  const isPlainRatio = relative.length === 0 && !absolute && baseline !== null && column.name !== baseline;
  if (isPlainRatio && numbersOf(baseline).length > 0) {
    compared.push(`${(value / median(numbersOf(baseline))).toFixed(2)}x`);
  }
  return [bold(own(numbers), isOwnBold), ...compared].join(', ');
}

const row = (cells) => `| ${cells.join(' | ')} |`;

function machine() {
  const [{ model }, ...more] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  const [linux] = release().split('-');
  const date = new Date().toISOString().slice(0, 10);
  return `${model.trim()}, ${more.length + 1} cores, ${gib} GiB of memory, Linux ${linux}, Node ${process.versions.node}, ${date}.`;
}

/**
 * @param columns `name`, `title`, and `isOurs` where the aims are for it.
 * @param samplesOf the samples of a column's case: objects with a number for each metric.
 * @param legend what the numbers are. @param notes lines that say what is missing.
 */
export function report({ cases, columns, baseline = null, samplesOf, legend, notes }) {
  const lines = [
    row(['', 'Aim', ...columns.map(({ title }) => title)]),
    row(['---', '---', ...columns.map(() => '---')]),
  ];
  for (const benchCase of cases) {
    for (const [name, metric] of Object.entries(benchCase.metrics)) {
      const numbersOf = (column) => samplesOf(column, benchCase.name).flatMap((sample) => sample[name] ?? []);
      const cells = columns.map((column) => cell(metric, column, numbersOf, baseline));
      const aims = (metric.aims ?? []).map(({ text }) => text).join(', ');
      lines.push(row([metric.title, aims, ...cells]));
    }
  }
  return `${[lines.join('\n'), legend, ...notes, machine()].join('\n\n')}\n`;
}

/**
 * @param section the name of the marks, `<!-- section -->` and `<!-- /section -->`.
 * @returns what puts a report between the marks of a Markdown file.
 * @throws {Error} when the file has no marks, so call it before measuring.
 */
export async function reportWriter(path, section) {
  const marks = { start: `<!-- ${section} -->`, end: `<!-- /${section} -->` };
  const split = async () => {
    const text = await readFile(path, 'utf8');
    const start = text.indexOf(marks.start);
    const end = text.indexOf(marks.end);
    if (start === -1 || end < start) throw new Error(`${path} has no ${marks.start} and ${marks.end}.`);
    return [text.slice(0, start + marks.start.length), text.slice(end)];
  };
  await split();
  return async (markdown) => {
    const [before, after] = await split();
    const options = { ...(await resolveConfig(path)), filepath: path };
    await writeFile(path, await format(`${before}\n\n${markdown}\n${after}`, options));
  };
}
