import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileNews } from '../../src/notify/news.js';
import { PendingNews } from '../../src/notify/pending-news.js';

describe('what is still to be told', () => {
  it.each<[...FileNews[], FileNews]>([
    ['added', 'added', 'added'],
    ['added', 'changed', 'added'],
    ['added', 'removed', 'removed'],
    ['changed', 'added', 'changed'],
    ['changed', 'changed', 'changed'],
    ['changed', 'removed', 'removed'],
    ['removed', 'added', 'changed'],
    ['removed', 'changed', 'changed'],
    ['removed', 'removed', 'removed'],
    // Whoever was told the first half, and said that it was not, knows it already.
    ['added', 'removed', 'added', 'changed'],
    ['removed', 'added', 'removed', 'removed'],
  ])('of a file to which several things happened is one: %s, then %s: %s %s', (...row) => {
    const pending = new PendingNews();
    for (const news of row.slice(0, -1)) pending.add('/movies/A/a.mkv', news);
    expect(pending.take(1)[0]?.files.get('/movies/A/a.mkv')).toBe(row.at(-1));
  });

  it('is one folder for each title, and the folder above where there are more than 200', () => {
    const pending = new PendingNews();
    pending.add('/shows/S/Season 01/e1.mkv', 'added');
    pending.add('/shows/S/Season 02/e1.mkv', 'added');
    expect(pending.size).toBe(1);
    for (let index = 0; index < 500; index += 1) pending.add(`/movies/${index}/${index}.mkv`, 'added');
    expect(pending.take(10)).toEqual([
      {
        folder: '/shows/S',
        files: new Map([
          ['/shows/S/Season 01/e1.mkv', 'added'],
          ['/shows/S/Season 02/e1.mkv', 'added'],
        ]),
      },
      { folder: '/movies', files: new Map() },
    ]);
    for (let index = 0; index < 101; index += 1) pending.add(`/movies/M/${index}.mkv`, 'added');
    expect(pending.take(10)).toEqual([{ folder: '/movies/M', files: new Map() }]);
  });

  it('is still one folder for each title where others were told meanwhile, however many came in all', () => {
    const pending = new PendingNews();
    const add = (from: number, to: number): void => {
      for (let index = from; index < to; index += 1) pending.add(`/movies/${index}/${index}.mkv`, 'added');
    };
    add(0, 200);
    for (let index = 200; index < 900; index += 50) {
      pending.take(50);
      add(index, index + 50);
    }
    pending.putBack(pending.take(50));
    expect(pending.size).toBe(200);
    add(900, 901);
    expect(pending.take(10)).toEqual([{ folder: '/movies', files: new Map() }]);
    add(0, 200);
    expect(pending.size).toBe(200);
  });

  it('is the same after it was put back, or was kept over a restart', () => {
    const news = fc.constantFrom<FileNews>('added', 'changed', 'removed');
    const paths = fc.tuple(fc.constantFrom('/movies', '/shows'), fc.nat(3), fc.nat(3));
    fc.assert(
      fc.property(fc.array(fc.tuple(paths, news)), fc.nat(5), (steps, taken) => {
        const plain = new PendingNews();
        const moved = new PendingNews();
        for (const [[top, title, file], what] of steps) {
          const path = `${top}/T${title}/${file}.mkv`;
          plain.add(path, what);
          moved.add(path, what);
          moved.putBack(moved.take(taken));
        }
        const kept = new PendingNews();
        kept.restore(JSON.parse(JSON.stringify(moved.toJson())));
        const sorted = (pending: PendingNews): unknown =>
          pending
            .take(1_000)
            .map(({ folder, files }) => [folder, [...files].sort()] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1));
        const expected = sorted(plain);
        expect(sorted(moved)).toEqual(expected);
        expect(sorted(kept)).toEqual(expected);
      }),
    );
  });

  it('is taken over from a file that somebody damaged as far as it can be understood', () => {
    const pending = new PendingNews();
    for (const json of [
      null,
      7,
      [1, { folder: 'x', files: [] }, { folder: '/movies/A', files: [['/a']] }],
      [{ folder: '/movies/A', files: [['/shows/B/b.mkv', 'added']] }],
      { a: 1 },
    ])
      pending.restore(json);
    expect(pending.size).toBe(0);
  });
});
