import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import type { ItemFile, Listing } from '../../src/core/torrent.js';
import type { AccountApi, Dialect } from '../../src/providers/account-api.js';
import { MagnetFiles } from '../../src/providers/alldebrid/details.js';
import { allDebridDialect } from '../../src/providers/alldebrid/errors.js';
import { flattenFiles } from '../../src/providers/alldebrid/file-tree.js';
import { unlock } from '../../src/providers/alldebrid/link.js';
import { HosterLinks as AllDebridLinks } from '../../src/providers/alldebrid/own-links.js';
import { SavedLinks } from '../../src/providers/alldebrid/saved-links.js';
import { LiveList } from '../../src/providers/alldebrid/live-list.js';
import { ItemFailures } from '../../src/providers/item-failures.js';
import { fetchDetails } from '../../src/providers/real-debrid/details.js';
import { realDebridDialect } from '../../src/providers/real-debrid/errors.js';
import { DownloadList } from '../../src/providers/real-debrid/downloads.js';
import { LinkMaker } from '../../src/providers/real-debrid/link.js';
import { HosterLinks as RealDebridLinks } from '../../src/providers/real-debrid/own-links.js';
import { TorrentList } from '../../src/providers/real-debrid/torrent-list.js';
import { ParisTime } from '../../src/providers/real-debrid/paris-time.js';
import type { HttpAnswer } from '../../src/providers/json-client.js';
import type { ProviderSetup } from '../../src/providers/setup.js';
import { noDownloads } from '../../src/core/made-downloads.js';
import { noOwnLinks } from '../../src/core/own-links.js';
import { storagePortalDialect } from '../../src/providers/storage-portal/errors.js';
import { readHosts } from '../../src/providers/storage-portal/hosts.js';
import { boughtRef, linkOf } from '../../src/providers/storage-portal/link.js';
import { Purchases } from '../../src/providers/storage-portal/purchases.js';
import { torBoxDialect } from '../../src/providers/torbox/errors.js';
import { DownloadLists } from '../../src/providers/torbox/lists.js';
import {
  allDebrid,
  movie,
  pack,
  realDebrid,
  torBox,
  type MinimalService,
} from '../providers/minimal-services.js';
import { RunningClock } from '../providers/running-clock.js';
import { never } from '../support/never.js';
import { anyOf, fuzz } from './inputs.js';

const setup: ProviderSetup = {
  account: 'mine',
  token: 'token',
  apiUrl: 'http://api.test',
  proxyUrl: null,
  egress: { proxyUrl: null, reach: 'public' },
  clock: new RunningClock(),
  logger: silentLogger,
  userAgent: 'debridfs/test',
  ownLinks: noOwnLinks,
  madeDownloads: noDownloads,
  history: false,
  mayRepair: false,
};

/** An account whose service answers one thing after the other, the last one for ever. */
function answering(answers: readonly unknown[], header: string | null = null): AccountApi {
  let asked = 0;
  const api: Pick<AccountApi, 'call' | 'badAnswer' | 'error'> = {
    call: () => {
      const json = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      return Promise.resolve(answer(json, 200, header));
    },
    badAnswer: (what) => new AppError('bad-answer', what),
    error: (row) => new AppError(row.code, row.sentence, { retry: row.retry }),
  };
  return api as AccountApi;
}

function answer(json: unknown, status: number, header: string | null): HttpAnswer {
  return { status, json, flaw: null, isPage: false, retryAfterMs: null, header: () => header };
}

/** What a decoder makes of an answer; null where it says that it cannot be used. */
async function understood<Value>(work: () => Promise<Value> | Value): Promise<Value | null> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code !== 'internal') return null;
    throw thrown;
  }
}

function requireFiles(files: readonly ItemFile[] | null): void {
  for (const { path, size, ref } of files ?? []) {
    if (typeof path !== 'string' || (ref !== null && typeof ref !== 'string')) throw new Error('no texts');
    if (!Number.isSafeInteger(size) || size < 0) throw new Error(`a size of ${size}`);
  }
}

function requireListing(listing: Listing | null): void {
  for (const { id, torrent, name, addedMs, files, revision, state } of listing?.items ?? []) {
    expect(id).toMatch(/^[\w-]{1,64}$/);
    expect(torrent).toMatch(/^(?:[a-z]+:)?[\w-]+$/);
    if (typeof name !== 'string' || typeof revision !== 'string') throw new Error('no texts');
    if (!Number.isSafeInteger(addedMs) || addedMs < 0) throw new Error(`a time of ${addedMs}`);
    if (!['ready', 'working', 'failed'].includes(state)) throw new Error(`a state of ${state}`);
    requireFiles(files);
  }
}

/** What a service answers when it is asked for a path. */
function reply(
  service: MinimalService,
  path: string,
  values: Readonly<Record<string, string>> = {},
): unknown {
  const given = new URLSearchParams(values);
  const asked = { method: 'GET', path, query: given, form: given, body: '', headers: {} };
  return service.library([pack, movie])(asked).json;
}

const rdList = [realDebrid.entry(pack), realDebrid.entry(movie), realDebrid.loosely(pack)];
const rdDetails = reply(realDebrid, `/torrents/info/${realDebrid.idOf(pack)}`);
const adList = allDebrid.listReply([allDebrid.entry(pack), allDebrid.loosely(movie)]).json;
const adFiles = reply(allDebrid, '/v4/magnet/files', { 'id[]': allDebrid.idOf(pack) });
const adTree = [
  { n: 'Root', e: [{ n: 'Season 1', e: [{ n: 'a.mkv', s: 5, l: 'https://alldebrid.com/f/x' }] }] },
  { n: 'b.mkv', s: 7, l: 'https://alldebrid.com/f/y' },
];
const tbList = torBox.listReply([torBox.entry(pack), torBox.loosely(movie)]).json;

const obbHosts = {
  success: true,
  data: {
    supportedhosts: [
      { platform: 'Files', host: 'files.test', domains: ['files.test', 'f.test'], currently_working: true },
      { platform: 'Other', host: 'other.test', domains: ['other.test'], currently_working: false },
    ],
    updated_at: 1_710_000_000_000,
  },
};
const obbLink = {
  success: true,
  data: {
    linkId: 'abc123',
    download_ready: true,
    remote_status: 'done',
    link: 'https://cdn.test/download/abc123/a.mkv',
    filename: 'a.mkv',
    filesize: '30833612',
    poll_after_seconds: 2,
  },
};
const obbRefusal = { success: false, status: 107, msg: 'No.', retry_in_seconds: 120 };
const obbLine = {
  container: null,
  url: 'https://files.test/a.mkv',
  name: null,
  size: null,
  password: null,
  quality: null,
  mayBuy: true,
  order: '',
};

const count = fc.constantFrom(null, '0', '2', '3', '-1', 'many', '9'.repeat(30));

describe('whatever a service answers, it is understood or refused, and soon:', () => {
  it('a list of Real-Debrid', { timeout: 120_000 }, async () => {
    await fuzz(fc.tuple(anyOf(rdList), count), 12_000, async ([json, header]) => {
      const list = new TorrentList(answering([json], header), setup, new ParisTime());
      requireListing(await understood(() => list.read('full', never)));
      requireListing(await understood(() => list.read('cheap', never)));
    });
  });

  it('details of Real-Debrid', { timeout: 120_000 }, async () => {
    await fuzz(anyOf(rdDetails), 12_000, async (json) => {
      const details = await understood(() => fetchDetails(answering([json]), 'RD7', silentLogger, never));
      requireFiles(details?.files ?? null);
    });
  });

  it('a list of AllDebrid, and changes of it', { timeout: 120_000 }, async () => {
    await fuzz(fc.tuple(anyOf(adList), anyOf(adList)), 8_000, async (answers) => {
      const list = new LiveList(answering(answers), 'mine', silentLogger);
      requireListing(await understood(() => list.full(never)));
      requireListing(await understood(() => list.changes(never)));
    });
  });

  it('files of AllDebrid', { timeout: 120_000 }, async () => {
    await fuzz(anyOf(adFiles), 8_000, async (json) => {
      const files = new MagnetFiles(answering([json]), silentLogger, () => undefined);
      const fetched = async (): Promise<void> => {
        for await (const details of files.fetch(['7', '8'], new ItemFailures('mine', silentLogger), never))
          requireFiles(details.files);
      };
      await understood(fetched);
    });
    await fuzz(anyOf(adTree), 8_000, (json) => requireFiles(flattenFiles(json)?.files ?? null));
  });

  it('lists and details of TorBox', { timeout: 120_000 }, async () => {
    await fuzz(anyOf(tbList), 12_000, async (json) => {
      const lists = new DownloadLists(answering([json]), setup);
      for (const list of ['torrents', 'usenet', 'webdl'] as const)
        requireListing(await understood(() => lists.read(list, 'full', never)));
      requireFiles((await understood(() => lists.details('torrents', '7', never)))?.files ?? null);
    });
  });

  it('hoster links that an account was given, and what is told of links', { timeout: 120_000 }, async () => {
    const link = 'https://hoster.example/f/1';
    const row = { id: 'ROW1', filename: 'a.mkv', filesize: 5, link, generated: '2026-11-01T10:00:00.000Z' };
    const saved = { links: [{ link, filename: 'a.mkv', size: 5, date: 1_583_253_075, host: 'example' }] };
    const infos = { infos: [{ link, filename: 'a.mkv', size: 5 }] };
    const hosts = { hosts: { example: { domains: ['hoster.example'] } }, streams: {}, redirectors: [] };
    const told = { ...saved, ...infos, ...hosts };
    const documents = [[row, { ...row, filesize: 0 }], { status: 'success', data: told }, [link], row];
    await fuzz(fc.tuple(anyOf(...documents), count), 8_000, async ([json, header]) => {
      const api = answering([json], header);
      const time = new ParisTime();
      const maker = new LinkMaker(api, setup);
      const torrents = new TorrentList(answering([[]], '0'), setup, time);
      const downloads = new DownloadList(api, setup, time, torrents, maker);
      requireListing(await understood(() => downloads.read('full', never)));
      requireListing(await understood(() => new SavedLinks(api, setup).read('saved', never)));
      for (const teller of [new RealDebridLinks(api), new AllDebridLinks(api)]) {
        const rules = await understood(() => teller.rules(never));
        for (const kind of ['file', 'redirector', 'container', rules?.kindOf(link) ?? 'stream'] as const) {
          const line = { url: link, container: null, name: null, size: null, password: null, quality: null };
          const own = { ...line, mayBuy: false, order: '' };
          requireFiles(await understood(() => teller.filesOf(own, kind, never)));
        }
      }
    });
  });

  it('a link', { timeout: 120_000 }, async () => {
    const documents = [realDebrid, allDebrid].map((service) => service.linkReply('https://cdn.test/f').json);
    const delayed = { status: 'success', data: { delayed: 5, status: 2, link: 'https://cdn.test/f' } };
    await fuzz(anyOf(...documents, delayed), 8_000, async (json) => {
      const wanted = { link: 'ref', password: null, quality: null, size: null };
      const soon = AbortSignal.timeout(5_000);
      for (const make of [
        () => new LinkMaker(answering([json]), setup).make(wanted, soon),
        () => unlock(answering([json]), wanted, setup.clock, soon),
      ]) {
        const link = await understood(make);
        if (link !== null && !/^https?:/.test(link.url)) throw new Error(`a link to ${link.url}`);
      }
    });
  });

  it('hosts of a storage portal, and what was bought there', { timeout: 120_000 }, async () => {
    await fuzz(anyOf(obbHosts), 8_000, async (json) => {
      const rules = await understood(() => readHosts(answering([json]), never));
      for (const url of [obbLine.url, 'no URL', 'http://[::1]/', 'mailto:a@b.test']) rules?.kindOf(url);
    });
    await fuzz(anyOf(obbLink), 8_000, async (json) => {
      const purchases = new Purchases(answering([json]), setup.clock);
      const purchase = await understood(() => purchases.of(obbLine, never));
      if (purchase === null) return;
      const { id, name, size } = purchase;
      requireFiles([
        { path: name ?? 'a', pathTold: true, size: size ?? 0, ref: boughtRef(id), packed: false },
      ]);
      const link = await understood(() =>
        linkOf(answering([json, obbLink]), boughtRef(id), setup.clock, never),
      );
      if (link !== null && !/^https?:/.test(link.url)) throw new Error(`a link to ${link.url}`);
    });
  });

  it('a refusal', { timeout: 120_000 }, async () => {
    const dialects: readonly Dialect[] = [
      realDebridDialect,
      allDebridDialect,
      torBoxDialect,
      storagePortalDialect,
    ];
    const documents = [realDebrid, allDebrid, torBox].map(({ badToken }) => badToken.json);
    await fuzz(
      fc.tuple(anyOf(...documents, obbRefusal), fc.integer({ min: 0, max: 999 })),
      12_000,
      ([json, status]) => {
        for (const dialect of dialects) {
          const refusal = dialect.refusal(answer(json, status, null));
          if (refusal === null) continue;
          if (refusal.code !== null) dialect.failureOf(refusal.code);
          dialect.statusFailure(status, true);
        }
      },
    );
  });
});
