import { describe, expect, it } from 'vitest';
import { rootInode } from '../../src/core/tree.js';
import { fileChanges } from '../../src/notify/collect.js';
import { PendingNews } from '../../src/notify/pending-news.js';
import { change, tree } from './changes.js';

describe('what is told', () => {
  it('names files in folders that are gone too, in order, and none in folders that nobody is told of', () => {
    expect(
      fileChanges(
        [
          change('removed', 11n, 'A Film (2020).mkv', 1n),
          change('added', 11n, 'A Film (2020).mkv', 2n),
          change('removed', 40n, 'x.mkv', 3n),
          change('removed', 41n, 'deep.mkv', 5n),
          change('removed', 40n, 'Deep', 41n, true),
          change('removed', 10n, 'Gone (2019)', 40n, true),
          change('added', 11n, 'new.srt', 4n),
          change('added', 99n, 'nowhere.mkv', 6n),
          change('added', rootInode, '.debridfs-mounted', 7n),
          change('added', 20n, 'raw.mkv', 8n),
        ],
        tree,
        (folder) => folder !== '/all',
      ),
    ).toEqual([
      { path: '/movies/A Film (2020)/A Film (2020).mkv', news: 'removed' },
      { path: '/movies/A Film (2020)/A Film (2020).mkv', news: 'added' },
      { path: '/movies/Gone (2019)/x.mkv', news: 'removed' },
      { path: '/movies/Gone (2019)/Deep/deep.mkv', news: 'removed' },
      { path: '/movies/A Film (2020)/new.srt', news: 'added' },
    ]);
  });

  it('of a file that came, went and came again is the same whether that was published at once or not', () => {
    const steps = (['added', 'removed', 'added'] as const).map((kind) => change(kind, 11n, 'a.mkv', 2n));
    const told = (...ends: readonly number[]): unknown => {
      const pending = new PendingNews();
      let from = 0;
      for (const end of ends) {
        for (const { path, news } of fileChanges(steps.slice(from, end), tree, () => true))
          pending.add(path, news);
        from = end;
      }
      return pending.take(1);
    };
    expect(told(1, 3)).toEqual(told(3));
    expect(told(1, 2, 3)).toEqual(told(3));
  });
});
