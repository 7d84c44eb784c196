import { expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import { BlockCache } from '../../src/read/block-cache.js';
import { blockBytes } from '../../src/read/blocks.js';
import { ContentFile } from '../../src/read/content-file.js';
import type { Feed, OpenFeed, OpenOptions } from '../../src/read/feed.js';
import type { Outlook } from '../../src/read/read-pattern.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { mebibyte } from './reading.js';

/** A feed whose requests are answered by the test. */
class HeldFeed {
  readonly content = { id: 1, torrent: 'a'.repeat(40), size: 40 * mebibyte, baseName: 'a.mkv', ordinal: 0 };
  /** Requests, in order, by their first block. */
  readonly asked: { readonly first: number; readonly give: () => void; readonly refuse: () => void }[] = [];

  open({ start, end }: OpenOptions): Promise<OpenFeed> {
    const giver = { reach: { origin: 'host' }, tag: 'tag' } as unknown as OpenFeed['giver'];
    const fill = (into: Buffer): Promise<number> => Promise.resolve(into.fill(7).length);
    const body = { fill, finish: () => Promise.resolve(), destroy: () => undefined };
    return new Promise((resolve, reject) => {
      this.asked.push({
        first: start('host') / blockBytes,
        give: () => resolve({ giver, body, until: end, end: () => undefined }),
        refuse: () => reject(new AppError('rate-limited', 'One connection at a time.')),
      });
    });
  }

  accept(): boolean {
    return true;
  }

  connectionsPerFile(): number {
    return 1;
  }

  reconsider(): void {
    // There are slots for all.
  }
}

const notGivenUp = new Promise<never>(() => undefined);

it('a reader whose own request is refused is served at once by a paused stream that is about to come by', async () => {
  const feed = new HeldFeed();
  const clock = new FakeClock();
  const blocks = new BlockCache(8 * mebibyte);
  const file = new ContentFile(feed as unknown as Feed, {
    blocks,
    disk: () => null,
    clock,
    patienceMs: 60_000,
  });
  const read = (index: number, span: number): Promise<unknown> => {
    const outlook: Outlook = { last: index, span, isStreaming: false, purpose: 'play' };
    return file.fetch(index, outlook, notGivenUp);
  };
  const stream = read(0, Infinity);
  feed.asked[0]?.give();
  await stream;
  // Too far ahead of the stream to wait for it.
  const other = read(20, 1);
  expect(feed.asked.map(({ first }) => first)).toEqual([0, 20]);
  await read(5, Infinity);
  let came = false;
  void other.then(() => (came = true));
  feed.asked[1]?.refuse();
  await settle();
  expect(came).toBe(true);
  expect(feed.asked).toHaveLength(2);
  file.close();
});
