import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import type { FileChange } from '../../src/notify/collect.js';
import type { MappedNews } from '../../src/notify/news.js';
import { Notifier } from '../../src/notify/notifier.js';
import type { Target } from '../../src/notify/target.js';
import { FakeClock } from '../support/fake-clock.js';

/** A media server that takes its time: the test says when it has heard, or that it could not. */
class SlowServer implements Target {
  readonly name = 'slow';
  readonly told: (readonly MappedNews[])[] = [];
  #end: (error: Error | null) => void = () => undefined;

  tell(news: readonly MappedNews[]): Promise<void> {
    this.told.push(news);
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error === null ? resolve() : reject(error));
    });
  }

  look(): Promise<never> {
    return Promise.reject(new Error('Nobody asks.'));
  }

  /** How many folders it was told of each time. */
  get sizes(): readonly number[] {
    return this.told.map((news) => news.length);
  }

  hears(): void {
    this.#end(null);
  }

  fails(): void {
    this.#end(new Error('It went away.'));
  }
}

function start(): { readonly server: SlowServer; readonly clock: FakeClock; readonly notifier: Notifier } {
  const server = new SlowServer();
  const clock = new FakeClock();
  const notifier = new Notifier({
    target: server,
    name: server.name,
    map: (path) => path,
    clock,
    logger: silentLogger,
    waitsFor: () => null,
    exists: () => true,
    onTold: () => undefined,
  });
  notifier.start();
  onTestFinished(async () => {
    const stopped = notifier.stop();
    server.hears();
    await stopped;
  });
  return { server, clock, notifier };
}

const film = (number: number): FileChange => ({ path: `/movies/${number}/${number}.mkv`, news: 'added' });
const films = (from: number, to: number): readonly FileChange[] =>
  Array.from({ length: to - from }, (_, index) => film(from + index));

describe('a media server that takes minutes to hear', () => {
  it('is told afterwards, at once, of what came meanwhile, ten seconds after the last of it', async () => {
    const { server, clock, notifier } = start();
    notifier.changed([film(0)]);
    await clock.advance(10_000);
    expect(server.sizes).toEqual([1]);
    await clock.advance(290_000);
    notifier.changed([film(1)]);
    await clock.advance(2_000);
    server.hears();
    notifier.changed([film(2)]);
    await clock.advance(5_000);
    notifier.changed([film(3)]);
    await clock.advance(9_999);
    expect(server.sizes).toEqual([1]);
    await clock.advance(1);
    expect(server.sizes).toEqual([1, 3]);
  });

  it('is told of it a minute after the first of it although there is always more', async () => {
    const { server, clock, notifier } = start();
    notifier.changed([film(0)]);
    await clock.advance(10_000);
    await clock.advance(100_000);
    notifier.changed([film(1)]);
    server.hears();
    for (let number = 2; number < 13; number += 1) {
      await clock.advance(5_000);
      notifier.changed([film(number)]);
    }
    await clock.advance(4_999);
    expect(server.sizes).toEqual([1]);
    await clock.advance(1);
    expect(server.sizes).toEqual([1, 12]);
  });

  it('is told the rest of many titles right after the first of them, whatever comes meanwhile', async () => {
    const { server, clock, notifier } = start();
    notifier.changed(films(0, 120));
    await clock.advance(10_000);
    for (let batch = 0; batch < 3; batch += 1) {
      notifier.changed([film(200 + batch)]);
      server.hears();
      await clock.advance(0);
    }
    expect(server.sizes).toEqual([50, 50, 20]);
    await clock.advance(9_999);
    expect(server.sizes).toHaveLength(3);
    await clock.advance(1);
    expect(server.sizes).toEqual([50, 50, 20, 3]);
  });

  it('is told again at the next try what it did not hear, and nothing twice after that', async () => {
    const { server, clock, notifier } = start();
    notifier.changed(films(0, 60));
    await clock.advance(10_000);
    server.fails();
    await clock.advance(0);
    notifier.changed(films(60, 250));
    await clock.advance(8_000);
    expect(server.told).toHaveLength(2);
    server.hears();
    await clock.advance(60_000);
    server.hears();
    await clock.advance(60_000);
    expect(notifier.report.pending).toBe(0);
    expect(server.told).toHaveLength(2);
  });

  it('is told by the next process, after a kill, of what it had not heard and of what came meanwhile', async () => {
    const { clock, notifier } = start();
    notifier.changed([film(0), film(1)]);
    await clock.advance(10_000);
    notifier.changed([{ path: '/movies/1/1.mkv', news: 'removed' }, film(2)]);
    const kept: unknown = JSON.parse(JSON.stringify(notifier.toJson()));
    const next = start();
    next.notifier.restore(kept);
    await next.clock.advance(10_000);
    expect(next.server.told[0]?.map(({ folder, files }) => [folder, ...files.values()])).toEqual([
      ['/movies/0', 'added'],
      ['/movies/1', 'removed'],
      ['/movies/2', 'added'],
    ]);
  });
});
