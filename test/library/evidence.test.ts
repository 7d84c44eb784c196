import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readName } from '../../src/library/evidence.js';
import { normalTitle } from '../../src/library/release-text.js';
import { seed, hostileText } from './hostile-strings.js';

describe('a title', () => {
  it('is reduced the same way whether it is plain or not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 60 }), (title) => {
        fc.pre(/[a-z0-9]/i.test(title));
        expect(normalTitle(`${title}\u00E9`)).toBe(`${normalTitle(title)}e`);
      }),
      { seed, numRuns: 2000 },
    );
  });
});

describe('reading names', () => {
  // A name of 255 characters takes well below a millisecond; one that takes a thousand times as long hangs a sync.
  it('comes to an end soon on 100,000 hostile names, without an exception', { timeout: 120_000 }, () => {
    let titles = 0;
    let slowestMs = 0;
    for (const name of fc.sample(hostileText, { seed, numRuns: 100_000 })) {
      const startMs = process.cpuUsage().user / 1000;
      const { title, titleEnd, text } = readName(name);
      slowestMs = Math.max(slowestMs, process.cpuUsage().user / 1000 - startMs);
      if (titleEnd > text.length) throw new Error(`the title ends outside of ${JSON.stringify(name)}`);
      if (title !== '') titles += 1;
    }
    expect(titles).toBeGreaterThan(5000);
    expect(slowestMs).toBeLessThan(1000);
  });

  it.each([
    ['Show.S01-S08.1080p', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['Show Seasons 1 - 3', [1, 2, 3]],
    ['Show S01S02', [1, 2]],
    ['Show Season Two', [2]],
    ['Show Saison VII', [7]],
    ['Чернобыль / Сезон: 1 / Серии: 1-5', [1]],
    ['Show 2 сезон', [2]],
    ['[G] Show 2nd Season - 01 ~ 23', [2]],
    ['Specials', [0]],
    ['第2季', [2]],
    ['Movie.2010', undefined],
    ['Four Seasons in Rome', undefined],
  ])('%s tells the seasons %j', (name, seasons) => {
    expect(readName(name).seasons?.seasons).toEqual(seasons);
  });

  it.each([
    ['Harry Potter Collection (2001-2011)', 'Harry Potter Collection', null],
    ['Firefly (2002) + Serenity (2005)', 'Firefly', 2002],
    ['Начало / Inception (Кристофер Нолан) [2010, BDRip]', 'Inception', 2010],
    ['[Judas] Kimi no Na wa. (Your Name.) (2016)', 'Kimi no Na wa', 2016],
    ['Show.S02.2021.1080p', 'Show', undefined],
    ['Mr. Robot S01E01', 'Mr. Robot', undefined],
  ])('%s has the title %s', (name, title, year) => {
    const evidence = readName(name);
    expect(evidence.title).toBe(title);
    expect(evidence.year?.year).toBe(year);
  });
});
