import { expect, it } from 'vitest';
import { plainLink, type OwnLink } from '../../src/core/own-links.js';
import { hosterLink, type World } from '../../src/emulator/world.js';
import { linksReport } from '../../src/server/links-report.js';
import { startWhole, type WholeLibrary, type WholeOptions } from '../support/whole-library.js';

const film = 'https://files.example/film';
const hidden = 'https://files.example/hidden';

const world: World = {
  accounts: [
    { service: 'real-debrid', token: 'rd', items: [] },
    { service: 'alldebrid', token: 'ad', items: [] },
  ],
  hosters: [{ domain: 'files.example', services: ['real-debrid', 'alldebrid'] }],
  links: [
    hosterLink(film, { path: 'A.Film.2020.mkv', size: 50_000 }),
    hosterLink(hidden, { path: 'Hidden.2021.mkv', size: 2_000 }, { isSizeTold: false }),
  ],
};

async function startWith(
  first: readonly OwnLink[],
  over: Partial<WholeOptions> = {},
): Promise<{
  readonly library: WholeLibrary;
  readonly say: (links: readonly OwnLink[], isComplete?: boolean) => Promise<void>;
  readonly report: () => ReturnType<typeof linksReport>;
}> {
  let told = { links: first, isComplete: true };
  const library = await startWhole({ world, ...over, ownLinks: { read: () => Promise.resolve(told) } });
  return {
    library,
    say: async (links, isComplete = true) => {
      told = { links, isComplete };
      await library.engine.syncNow();
      await library.engine.settled();
    },
    report: () =>
      linksReport(
        { last: told.links, problems: [] },
        library.statistics,
        library.engine.accounts.map(({ provider }) => provider),
      ),
  };
}

it('a link of the user’s own is one film, whoever takes it, and is read through each of them', async () => {
  const { library, report } = await startWith([plainLink(film), plainLink('https://nobody.example/x')]);
  const { files, read, emulator } = library;
  expect(files('movies/')).toEqual(['movies/A Film (2020)/A Film (2020).mkv']);
  expect(files('accounts/')).toEqual([
    'accounts/alldebrid/A.Film.2020/A.Film.2020.mkv',
    'accounts/real-debrid/A.Film.2020/A.Film.2020.mkv',
  ]);
  const whole = await read('accounts/real-debrid/A.Film.2020/A.Film.2020.mkv', 0, 50_000);
  expect(await read('accounts/alldebrid/A.Film.2020/A.Film.2020.mkv', 0, 50_000)).toEqual(whole);
  expect(whole).toHaveLength(50_000);
  expect(report()).toEqual({
    lines: 2,
    hidden: [
      {
        url: 'https://nobody.example/x',
        reason: 'No account that answers takes links of nobody.example.',
      },
    ],
    problems: [],
    sizeless: 0,
  });
  expect(emulator.log.destructive()).toEqual([]);
});

it('a link whose size nobody knows is not shown, and is at once when its line tells it', async () => {
  const { library, say, report } = await startWith([plainLink(hidden)]);
  expect(library.files('all/')).toEqual([]);
  expect(report().hidden).toMatchObject([
    { url: hidden, reason: expect.stringContaining('write size=') as string },
  ]);
  await say([{ ...plainLink(hidden), size: 2_000, name: 'Hidden.2021.mkv' }]);
  expect(library.files('movies/')).toEqual(['movies/Hidden (2021)/Hidden (2021).mkv']);
  expect(report().hidden).toEqual([]);
});

it('a link goes when its line is gone from two readings, and stays while a file cannot be read', async () => {
  const others = [1, 2, 3, 4].map((number) => ({
    ...plainLink(`https://files.example/other/${number}`),
    name: `Other.${number}.2019.mkv`,
    size: 10,
  }));
  const { library, say } = await startWith([plainLink(film), ...others]);
  await say(others, false);
  await say(others, false);
  expect(library.files('movies/')).toHaveLength(5);
  await say(others);
  expect(library.files('movies/')).toHaveLength(5);
  await say(others);
  expect(library.files('movies/').some((path) => path.includes('A Film'))).toBe(false);
});

it('a link that the portal does not sell for want of traffic says so, and stays ordered until its line says otherwise', async () => {
  const key = `obb_${'a'.repeat(32)}`;
  const sold: World = {
    accounts: [{ service: 'storage-portal', token: key, items: [] }],
    hosters: [{ domain: 'files.example', services: ['storage-portal'] }],
    links: [hosterLink(film, { path: 'A.Film.2020.mkv', size: 50_000 })],
  };
  const knobs = { storagePortal: { trafficBytes: 49_999 } };
  const { library, say, report } = await startWith([{ ...plainLink(film), mayBuy: true }], {
    world: sold,
    knobs,
  });
  expect(report().hidden).toEqual([
    {
      url: film,
      reason:
        'Account "storage-portal" has not enough traffic left at Storage Portal for this file. It stays ordered, and is bought as ' +
        'soon as that is over: to cancel it, take buy=true from its line.',
    },
  ]);
  expect(library.emulator.log.entries.filter(({ charged }) => charged)).toEqual([]);
  await say([plainLink(film)]);
  expect(report().hidden).toMatchObject([{ reason: expect.stringContaining('write size=') as string }]);
});
