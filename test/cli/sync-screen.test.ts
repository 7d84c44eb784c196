import { expect, it } from 'vitest';
import type { Logger } from '../../src/core/logger.js';
import type { SyncProgress } from '../../src/core/sync-progress.js';
import { SyncScreen } from '../../src/cli/sync-screen.js';
import { FakeClock } from '../support/fake-clock.js';
import { silentLogger } from '../../src/core/logger.js';

/** What a terminal of so many columns shows of what was written to it: lines, and the two sequences that are used here. */
function shownOn(columns: number): {
  write: (text: string) => void;
  columns: number;
  isTTY: true;
  lines: string[];
} {
  const lines = [''];
  return {
    isTTY: true,
    columns,
    lines,
    write: (text) => {
      const marked = text.replaceAll('\u001b[1A', '⬆').replaceAll('\r\u001b[J', '⌫');
      for (const [part] of marked.matchAll(/[⬆⌫\n]|[^⬆⌫\n]+/g)) {
        if (part === '⬆') lines.pop();
        else if (part === '⌫') lines[lines.length - 1] = '';
        else if (part === '\n') lines.push('');
        else {
          const line = `${lines.at(-1) ?? ''}${part}`;
          if (line.length > columns) throw new Error(`This line wraps: ${line}`);
          lines[lines.length - 1] = line;
        }
      }
    },
  };
}

const half: SyncProgress = { stage: 'files', known: 500, items: 1000, perSecond: 4.16, leftMs: 120_000 };

it('bars stay below the log on a terminal, one for each account that is not known yet, and go when all is', async () => {
  const clock = new FakeClock();
  const terminal = shownOn(120);
  const screen = new SyncScreen(terminal, clock);
  let rd: SyncProgress | null = half;
  let ad: SyncProgress | null = { stage: 'lists', sinceMs: clock.now() };
  screen.write('mounted\n');
  screen.follow(
    () => [
      { account: 'rd', progress: rd },
      { account: 'ad-2', progress: ad },
    ],
    silentLogger,
  );
  await clock.advance(5_000);
  const rdBar = `rd   ▕${'█'.repeat(12)}${' '.repeat(12)}▏ 500 of 1000 items known, 4.2 a second, 2 min left`;
  expect(terminal.lines).toEqual([
    'mounted',
    rdBar,
    `ad-2 ▕${' '.repeat(24)}▏ being asked for its lists, 5 s`,
    '',
  ]);
  ad = null;
  await clock.advance(500);
  screen.write('a line of the log\n');
  expect(terminal.lines).toEqual(['mounted', 'a line of the log', rdBar.replace('rd   ', 'rd '), '']);
  rd = null;
  await clock.advance(500);
  expect(terminal.lines).toEqual(['mounted', 'a line of the log', '']);
  screen.close();
  expect(clock.sleeping).toBe(0);
});

it('a narrow terminal is shown bars that do not wrap', async () => {
  const clock = new FakeClock();
  const terminal = shownOn(40);
  const screen = new SyncScreen(terminal, clock);
  screen.follow(() => [{ account: 'rd', progress: half }], silentLogger);
  await clock.advance(1_000);
  expect(terminal.lines).toHaveLength(2);
  screen.close();
  expect(terminal.lines).toEqual(['']);
});

it('without a terminal the log says once a minute how far the first sync is', async () => {
  const clock = new FakeClock();
  const told: object[] = [];
  const logger: Logger = { ...silentLogger, info: (facts: object) => void told.push(facts) };
  const written: string[] = [];
  const screen = new SyncScreen({ write: (text) => written.push(text) }, clock);
  screen.follow(() => [{ account: 'rd', progress: half }], logger);
  await clock.advance(120_000);
  screen.close();
  await clock.advance(120_000);
  const facts = { account: 'rd', known: 500, items: 1000, perSecond: 4.2, minutesLeft: 2 };
  expect(told).toEqual([facts, facts]);
  expect(written).toEqual([]);
});
