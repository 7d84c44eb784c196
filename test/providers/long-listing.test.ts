import { describe, expect, it, onTestFinished } from 'vitest';
import { never } from '../support/never.js';
import { hastyClock } from '../support/hasty-clock.js';
import { allDebrid, providerFor, realDebrid, torBox, type Torrent } from './minimal-services.js';
import { ScriptedServer, type Asked } from './scripted-server.js';

const count = 100_000;

const torrent = (number: number): Torrent => ({
  number,
  name: `Some.Movie.${number}.2020.1080p.mkv`,
  files: [{ path: `Some.Movie.${number}.2020.1080p.mkv`, size: 1_000_000_000 + number }],
});

/** Numbers of the torrents of a page, the newest first; all where the request names none. */
function pageOf({ query }: Asked): number[] {
  const offset = Number(query.get('offset') ?? 0);
  const length = Math.max(0, Math.min(Number(query.get('limit') ?? count), count - offset));
  return Array.from({ length }, (_, index) => count - offset - index);
}

describe.each([realDebrid, allDebrid, torBox])('$service', (minimal) => {
  it('tells a library of 100,000 torrents, each of them once', { timeout: 120_000 }, async () => {
    const server = await new ScriptedServer().listen();
    const provider = providerFor(minimal.service, server, { clock: hastyClock(200) });
    onTestFinished(() => Promise.all([provider.close(), server.close()]).then(() => undefined));
    server.respond = (asked) => {
      const { headers, ...reply } = minimal.listReply(
        pageOf(asked).map((number) => minimal.entry(torrent(number))),
      );
      return {
        ...reply,
        headers: headers === undefined ? {} : { ...headers, 'x-total-count': String(count) },
      };
    };
    const listing = await provider.list('torrents', 'full', never);
    expect(listing).toMatchObject({ scope: 'complete', unreadable: [] });
    expect(new Set(listing.items.map(({ id }) => id)).size).toBe(count);
    expect(listing.items).toHaveLength(count);
  });

  it('whose pages never end is told so', { timeout: 120_000 }, async () => {
    const server = await new ScriptedServer().listen();
    const provider = providerFor(minimal.service, server, { clock: hastyClock(200) });
    onTestFinished(() => Promise.all([provider.close(), server.close()]).then(() => undefined));
    let next = 0;
    server.respond = ({ query }) => {
      // Each page begins within the one before, as long as somebody asks. Where there is a count, a page may be short.
      const isCounted = minimal === realDebrid;
      const length = isCounted ? 10 : Number(query.get('limit') ?? 100_001);
      const start = Math.max(0, next - Math.min(600, length / 2));
      next = start + length;
      const entries = Array.from({ length }, (_, index) => minimal.entry(torrent(start + index + 1)));
      const headers = isCounted ? { 'x-total-count': '1000000' } : {};
      return { ...minimal.listReply(entries), headers };
    };
    await expect(provider.list('torrents', 'full', never)).rejects.toMatchObject({
      code: 'bad-answer',
      message: expect.stringMatching(/does not end|larger than it can be/) as string,
    });
  });
});
