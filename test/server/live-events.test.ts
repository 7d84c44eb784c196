import { expect, it } from 'vitest';
import { LiveEvents } from '../../src/server/live-events.js';
import { FakeClock } from '../support/fake-clock.js';

const textOf = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
  new TextDecoder().decode((await reader.read()).value);

it('the status is made once every other second, however many pages are open', async () => {
  const clock = new FakeClock();
  let made = 0;
  const events = new LiveEvents(() => `${(made += 1)}`, clock);
  const pages = Array.from({ length: 20 }, () => events.stream(new AbortController().signal).getReader());
  expect(new Set(await Promise.all(pages.map(textOf)))).toEqual(new Set(['data: 1\n\n']));
  for (let tick = 2; tick < 12; tick += 1) {
    const told = Promise.all(pages.map(textOf));
    await clock.advance(2_000);
    expect(new Set(await told)).toEqual(new Set([`data: ${tick}\n\n`]));
  }
  expect(made).toBeLessThan(13);
});

it('a page that is opened is told at once, and one whose browser slept what is then', async () => {
  const clock = new FakeClock();
  const end = new AbortController();
  const events = new LiveEvents(() => String(clock.monotonic()), clock);
  const early = events.stream(end.signal).getReader();
  expect(await textOf(early)).toBe('data: 0\n\n');
  await clock.advance(1_000);
  const late = events.stream(end.signal).getReader();
  expect(await textOf(late)).toBe('data: 0\n\n');
  await clock.advance(60_000);
  // One event was made ready before the browser slept.
  await textOf(early);
  expect(await textOf(early)).toBe('data: 61000\n\n');
  end.abort();
});
