import type { ServiceName } from '../../src/core/account.js';
import { systemClock } from '../../src/core/clock.js';
import type { Source } from '../../src/core/content.js';
import type { Logger } from '../../src/core/logger.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Provider } from '../../src/core/provider.js';
import type { Item, ItemDetails, ItemFile, ListName } from '../../src/core/torrent.js';
import { createProvider, type ProviderOptions } from '../../src/providers/create-provider.js';
import { never } from '../support/never.js';
import type { Asked, Reply, Responder, ScriptedServer } from './scripted-server.js';

export const token = 'S3CRET-t0ken-0123456789';

/** One torrent, the same for all services. */
export interface Torrent {
  readonly number: number;
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

export const pack: Torrent = {
  number: 7,
  name: 'Some.Show.S01.1080p',
  files: [
    { path: 'Some.Show.S01.1080p/Some.Show.S01E01.mkv', size: 3_000_000_001 },
    { path: 'Some.Show.S01.1080p/Some.Show.S01E02.mkv', size: 5 },
  ],
};

export const movie: Torrent = {
  number: 8,
  name: 'A.Movie.2020.mkv',
  files: [{ path: 'A.Movie.2020.mkv', size: 60 * 2 ** 30 }],
};

export const infohash = (torrent: Torrent): string => torrent.number.toString(16).padStart(40, '0');

/** How one service says things: as little as a faithful server must say. */
export interface MinimalService {
  readonly service: ServiceName;
  /** Answers every request about a library of these torrents, and of raw entries in its list. */
  readonly library: (torrents: readonly Torrent[], rawEntries?: readonly unknown[]) => Responder;
  /** Whether a request is for the list. */
  readonly isList: (asked: Asked) => boolean;
  /** The answer of a list made of raw entries. */
  readonly listReply: (entries: unknown) => Reply;
  /** One raw entry of the list. */
  readonly entry: (torrent: Torrent) => Record<string, unknown>;
  readonly idField: string;
  readonly idOf: (torrent: Torrent) => string;
  /** The same entry with its numbers as strings and its lists as maps. */
  readonly loosely: (torrent: Torrent) => Record<string, unknown>;
  /** Answers to every request that say the token is not accepted. */
  readonly badToken: Reply;
  /** A link's answer that holds this in place of the address. */
  readonly linkReply: (address: unknown) => Reply;
  readonly linkPath: string;
  /** The URL that a link of `library` has. */
  readonly linkUrl: (ref: string) => string;
}

const asMap = (list: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(list.map((value, index) => [`k${index}`, value]));

const totalSize = (torrent: Torrent): number => torrent.files.reduce((sum, file) => sum + file.size, 0);

const rdId = (torrent: Torrent): string => `RD${String(torrent.number).padStart(11, '0')}`;
const rdLink = (torrent: Torrent, index: number): string =>
  `https://real-debrid.com/d/${String(torrent.number).padStart(10, 'L')}${String(index).padStart(3, '0')}`;

export const realDebrid: MinimalService = {
  service: 'real-debrid',
  idField: 'id',
  idOf: rdId,
  linkPath: '/unrestrict/link',
  isList: (asked) => asked.path.endsWith('/torrents'),
  listReply: (entries) => ({
    json: entries,
    headers: Array.isArray(entries) ? { 'x-total-count': String(entries.length) } : {},
  }),
  entry: (torrent) => ({
    id: rdId(torrent),
    filename: torrent.name,
    hash: infohash(torrent),
    bytes: totalSize(torrent),
    host: 'real-debrid.com',
    split: 2000,
    progress: 100,
    status: 'downloaded',
    added: '2026-11-01T11:00:00.000Z',
    links: torrent.files.map((_, index) => rdLink(torrent, index)),
    ended: '2026-11-01T11:05:00.000Z',
  }),
  loosely: (torrent) => ({
    ...realDebrid.entry(torrent),
    bytes: String(totalSize(torrent)),
    links: asMap(torrent.files.map((_, index) => rdLink(torrent, index))),
    progress: '100',
    ended: null,
  }),
  library: (torrents, rawEntries) => (asked) => {
    if (realDebrid.isList(asked)) return realDebrid.listReply(rawEntries ?? torrents.map(realDebrid.entry));
    if (asked.path.endsWith('/user')) return { json: { type: 'premium', premium: 1000, expiration: null } };
    if (asked.path.endsWith('/unrestrict/link')) {
      return realDebrid.linkReply(realDebrid.linkUrl(asked.form.get('link') ?? ''));
    }
    const torrent = torrents.find((one) => asked.path.endsWith(`/torrents/info/${rdId(one)}`));
    if (torrent === undefined) return { status: 404, json: { error: 'unknown_ressource', error_code: 7 } };
    const files = torrent.files.map(({ path, size }, index) => ({
      id: index + 1,
      path: `/${path}`,
      bytes: size,
      selected: 1,
    }));
    return { json: { ...realDebrid.entry(torrent), original_filename: torrent.name, files } };
  },
  badToken: { status: 401, json: { error: 'bad_token', error_code: 8 } },
  linkReply: (address) => ({ json: { id: 'X', filename: 'f.mkv', filesize: 0, download: address } }),
  linkUrl: (ref) => `http://cdn.test/d/${ref.slice(-13)}`,
};

const adLink = (torrent: Torrent, index: number): string =>
  `https://alldebrid.com/f/${torrent.number}x${index}`;

/** A tree of `n`, `e`, `s`, `l` from paths that share at most a root folder. */
function tree(torrent: Torrent): unknown[] {
  const nodes = torrent.files.map(({ path, size }, index) => ({
    n: path.slice(path.indexOf('/') + 1),
    s: size,
    l: adLink(torrent, index),
  }));
  const [first] = torrent.files;
  const root = first?.path.includes('/') === true ? first.path.slice(0, first.path.indexOf('/')) : null;
  return root === null ? nodes : [{ n: root, e: nodes }];
}

export const allDebrid: MinimalService = {
  service: 'alldebrid',
  idField: 'id',
  idOf: (torrent) => String(torrent.number),
  linkPath: '/link/unlock',
  isList: (asked) => asked.path.endsWith('/magnet/status') && asked.form.has('session'),
  listReply: (entries) => ({
    json: { status: 'success', data: { magnets: entries, counter: 1, fullsync: true } },
  }),
  entry: (torrent) => ({
    id: torrent.number,
    filename: torrent.name,
    size: totalSize(torrent),
    hash: infohash(torrent),
    status: 'Ready',
    statusCode: 4,
    uploadDate: Date.UTC(2026, 10, 1, 10) / 1000,
    completionDate: Date.UTC(2026, 10, 1, 10) / 1000,
  }),
  loosely: (torrent) => ({
    ...allDebrid.entry(torrent),
    id: String(torrent.number),
    size: String(totalSize(torrent)),
    statusCode: '4',
    uploadDate: String(Date.UTC(2026, 10, 1, 10) / 1000),
  }),
  library: (torrents, rawEntries) => (asked) => {
    if (allDebrid.isList(asked)) return allDebrid.listReply(rawEntries ?? torrents.map(allDebrid.entry));
    if (asked.path.endsWith('/user')) {
      return { json: { status: 'success', data: { user: { isPremium: true, premiumUntil: '1900000000' } } } };
    }
    if (asked.path.endsWith('/link/unlock')) {
      return allDebrid.linkReply(allDebrid.linkUrl(asked.form.get('link') ?? ''));
    }
    const magnets = asked.form.getAll('id[]').map((id) => {
      const torrent = torrents.find((one) => String(one.number) === id);
      return torrent === undefined
        ? { id, error: { code: 'MAGNET_INVALID_ID' } }
        : { id, files: tree(torrent) };
    });
    return { json: { status: 'success', data: { magnets } } };
  },
  badToken: { json: { status: 'error', error: { code: 'AUTH_BAD_APIKEY', message: `bad ${token}` } } },
  linkReply: (address) => ({
    json: { status: 'success', data: { link: address, filename: 'f', filesize: 1 } },
  }),
  linkUrl: (ref) => `http://cdn.test/dl/${ref.split('/').at(-1) ?? ''}`,
};

export const torBox: MinimalService = {
  service: 'torbox',
  idField: 'id',
  idOf: (torrent) => String(torrent.number),
  linkPath: '/requestdl',
  isList: (asked) => asked.path.endsWith('/torrents/mylist') && !asked.query.has('id'),
  listReply: (entries) => ({ json: { success: true, error: null, detail: '', data: entries } }),
  entry: (torrent) => ({
    id: torrent.number,
    hash: infohash(torrent),
    name: torrent.name,
    size: totalSize(torrent),
    created_at: '2026-11-01T10:00:00Z',
    updated_at: '2026-11-01T10:00:00Z',
    download_state: 'cached',
    download_present: true,
    download_finished: true,
    expires_at: null,
    files: torrent.files.map(({ path, size }, index) => ({ id: index, name: path, size })),
  }),
  loosely: (torrent) => ({
    ...torBox.entry(torrent),
    id: String(torrent.number),
    download_present: 1,
    download_finished: 'true',
    created_at: '2026-11-01T10:00:00.000000+00:00',
    files: asMap(
      torrent.files.map(({ path, size }, index) => ({ id: String(index), name: path, size: String(size) })),
    ),
  }),
  library: (torrents, rawEntries) => (asked) => {
    if (torBox.isList(asked)) return torBox.listReply(rawEntries ?? torrents.map(torBox.entry));
    if (asked.path.endsWith('/user/me'))
      return torBox.listReply({ plan: 2, premium_expires_at: '2030-01-01T00:00:00Z' });
    if (asked.path.endsWith('/requestdl')) {
      return torBox.linkReply(torBox.linkUrl(asked.query.get('file_id') ?? 'none'));
    }
    const torrent = torrents.find((one) => String(one.number) === asked.query.get('id'));
    if (torrent !== undefined) return torBox.listReply(torBox.entry(torrent));
    return { status: 404, json: { success: false, error: 'ITEM_NOT_FOUND', detail: 'No.', data: null } };
  },
  badToken: { status: 403, json: { success: false, error: 'BAD_TOKEN', detail: `bad ${token}`, data: null } },
  linkReply: (address) => ({ json: { success: true, error: null, detail: 'ok', data: address } }),
  linkUrl: (ref) => `http://cdn.test/dld/${ref}`,
};

export function providerFor(
  service: ServiceName,
  server: Pick<ScriptedServer, 'url'>,
  over: Partial<ProviderOptions> = {},
): Provider {
  return createProvider({
    service,
    account: 'mine',
    token,
    apiUrl: server.url,
    proxyUrl: null,
    clock: systemClock,
    logger: silentLogger,
    userAgent: 'debridfs/test',
    ...over,
  });
}

/** A logger that keeps its warnings. */
export function keepingWarnings(): { readonly logger: Logger; readonly warnings: string[] } {
  const warnings: string[] = [];
  const warn = (facts: object, message: string): void =>
    void warnings.push(`${message} ${JSON.stringify(facts)}`);
  return { logger: { ...silentLogger, warn }, warnings };
}

/** The source by which a file of an item is read. */
export function sourceOf(
  item: Pick<Item, 'id'>,
  file: ItemFile | undefined,
  list: ListName = 'torrents',
): Source {
  return { account: 'mine', list, itemId: item.id, ref: file?.ref ?? 'no ref', ready: true, reason: null };
}

export async function detailsOf(
  provider: Provider,
  ids: readonly string[],
  list: ListName = 'torrents',
): Promise<ItemDetails[]> {
  const all: ItemDetails[] = [];
  for await (const details of provider.details(list, ids, never)) all.push(details);
  return all;
}
