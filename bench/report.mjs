/** The measurements as a Markdown table, with the machine they were made on. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { format, resolveConfig } from 'prettier';

const marks = { start: '<!-- bench:fuse -->', end: '<!-- /bench:fuse -->' };

/** The server that all others are compared with. */
const baseline = 'fuse-native';

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

function written(number) {
  if (number >= 100) return Math.round(number).toLocaleString('en-US');
  return number.toFixed(number >= 10 ? 1 : 2);
}

function aimOf({ aim, better, absolute }) {
  if (aim === undefined) return '';
  return `${better === 'more' ? '≥' : '≤'} ${aim}${absolute ? '' : 'x'}`;
}

/** A number that an aim is for, bold where it is reached. */
function marked(text, value, { aim, better }, isOurs) {
  if (!isOurs || aim === undefined) return text;
  const isReached = better === 'more' ? value >= aim : value <= aim;
  return isReached ? `**${text}**` : text;
}

/**
 * @param numbers a server's samples of one metric; empty where it has none.
 * @param comparedWith those of fuse-native; empty where there is nothing to compare with.
 */
function cell(metric, numbers, comparedWith, isOurs) {
  if (numbers.length === 0) return '';
  const middle = median(numbers);
  const range = `${written(Math.min(...numbers))}–${written(Math.max(...numbers))}`;
  const own = numbers.length === 1 ? written(middle) : `${written(middle)} (${range})`;
  if (metric.absolute) return marked(own, middle, metric, isOurs);
  if (comparedWith.length === 0) return own;
  const ratio = middle / median(comparedWith);
  return `${own}, ${marked(`${ratio.toFixed(2)}x`, ratio, metric, isOurs)}`;
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
 * @param samplesOf the samples of a server's case: objects with a number for each metric.
 * @param notes lines that say what is missing.
 */
export function report({ cases, servers, rounds, samplesOf, notes }) {
  const lines = [
    row(['', 'Aim', ...servers.map(({ title }) => title)]),
    row(['---', '---', ...servers.map(() => '---')]),
  ];
  for (const benchCase of cases) {
    for (const [name, metric] of Object.entries(benchCase.metrics)) {
      const numbersOf = (server) =>
        samplesOf(server, benchCase)
          .map((sample) => sample[name])
          .filter((number) => number !== undefined);
      const compared = servers.find((server) => server.name === baseline);
      const cells = servers.map((server) => {
        const comparedWith = compared === undefined || server === compared ? [] : numbersOf(compared);
        return cell(metric, numbersOf(server), comparedWith, server.isOurs ?? false);
      });
      lines.push(row([metric.title, aimOf(metric), ...cells]));
    }
  }
  const legend = `Median (smallest–largest) of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, and the ratio to fuse-native; bold where the aim is reached.`;
  return `${[lines.join('\n'), legend, ...notes, machine()].join('\n\n')}\n`;
}

/**
 * @returns what puts a report between the marks of a Markdown file.
 * @throws {Error} when the file has no marks, so call it before measuring.
 */
export async function reportWriter(path) {
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
