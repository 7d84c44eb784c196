import type { TorBoxList } from '../../core/torrent.js';
import { readForm } from '../form.js';
import { jsonObject } from '../json-body.js';
import { totalSize } from '../known-torrents.js';
import { emptyReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { Route } from '../router.js';
import type { StandInContext } from '../stand-in.js';
import type { Downloads } from './downloads.js';
import type { TorBoxKnobs } from './knobs.js';
import type { Library } from './library.js';
import { refused, success } from './replies.js';
import { listedDownload, toldHash, user } from './shapes.js';
import type { Account, ListedDownload } from './state.js';
import { webDownload } from './web-links.js';

/** The documented page size, which is also the greatest. */
const maxPage = 1000;
/** Hashes that one request may check (a choice). */
const maxHashes = 100;

/** The parts of the stand-in that its endpoints work on. */
export interface TorBoxParts {
  readonly context: StandInContext;
  readonly knobs: TorBoxKnobs;
  readonly library: Library;
  readonly downloads: Downloads;
}

/** How a list's id is called in the query of `requestdl`. */
const idNames: Readonly<Record<TorBoxList, string>> = {
  torrents: 'torrent_id',
  usenet: 'usenet_id',
  webdl: 'web_id',
};

/** The endpoints that leave the account as it is. */
export function readRoutes(parts: TorBoxParts): readonly Route<Account>[] {
  const { context } = parts;
  return [
    {
      method: 'GET',
      path: /^\/user\/me$/,
      serve: (account) => success(user(account, context.clock.now()), 'User found successfully.'),
    },
    {
      method: 'GET',
      path: /^\/(torrents|usenet|webdl)\/mylist$/,
      serve: (account, request, [list]) => myList(parts, account, request, list as TorBoxList),
    },
    {
      method: '*',
      path: /^\/(torrents|webdl)\/checkcached$/,
      serve: (_account, request, [list]) => checkCached(parts, request, list as 'torrents' | 'webdl'),
    },
    {
      method: 'GET',
      path: /^\/queued\/getqueued$/,
      serve: (account) =>
        success(
          [...account.queue.values()].map(({ id, torrent }) => ({
            id,
            hash: torrent.hash,
            name: torrent.name,
            type: 'torrent',
          })),
          'Queued downloads retrieved successfully.',
        ),
    },
    {
      method: 'GET',
      path: /^\/torrents\/getqueued$/,
      serve: () => {
        throw refused(410, 'DEPRECATED', 'This endpoint has been deprecated.');
      },
    },
    {
      method: 'GET',
      path: /^\/torrents\/torrentinfo$/,
      serve: (_account, request) => {
        const torrent = context.torrents.find(request.query.get('hash') ?? '');
        if (torrent === undefined) throw refused(404, 'ITEM_NOT_FOUND', 'Torrent not found.');
        const { name, hash, files, seeders } = torrent;
        const told = files.map(({ path, size }) => ({ name: path, size }));
        return success(
          { name, hash, size: totalSize(files), files: told, seeds: seeders },
          'Torrent info found.',
        );
      },
    },
  ];
}

/** A page of a list, or one entry. Without `bypass_cache` the answer may be ten minutes old, also after a write. */
function myList(parts: TorBoxParts, account: Account, request: ReceivedRequest, list: TorBoxList): Reply {
  const { query } = request;
  const detail = `${list === 'torrents' ? 'Torrent' : 'Download'} list retrieved successfully.`;
  const rows = snapshot(parts, account, list, query.get('bypass_cache') === 'true');
  const id = query.get('id');
  if (id !== null) {
    const row = rows.find((each) => String(each.id) === id);
    if (row !== undefined) return success(row, detail);
    if (list !== 'webdl') throw refused(404, 'ITEM_NOT_FOUND', 'The item was not found.');
    throw refused(500, 'DATABASE_ERROR', 'Failed to retrieve web downloads list.');
  }
  const offset = Number(query.get('offset') ?? 0);
  const told = query.get('limit');
  const limit = Math.min(maxPage, Number(told ?? maxPage));
  const page = rows.slice(offset, offset + limit + (told === null ? 0 : 1));
  if (page.length > 0) return success(page, detail);
  switch (parts.knobs.emptyList) {
    case 'array':
      return success([], detail);
    case 'null':
      return success(null, detail);
    case '404':
      throw refused(404, 'ITEM_NOT_FOUND', 'No items were found.');
  }
}

function snapshot(
  { context, knobs, library }: TorBoxParts,
  account: Account,
  list: TorBoxList,
  bypass: boolean,
): readonly ListedDownload[] {
  const takenMs = context.clock.now();
  const known = account.snapshots.get(list);
  if (!bypass && known !== undefined && takenMs - known.takenMs < knobs.listCacheMs) return known.rows;
  const rows = [...account.downloads[list].values()]
    .sort((a, b) => b.createdMs - a.createdMs || b.id - a.id)
    .map((download) => listedDownload(account, download, library, knobs));
  account.snapshots.set(list, { takenMs, rows });
  return rows;
}

/** What of several hashes is there at once. */
function checkCached({ context }: TorBoxParts, request: ReceivedRequest, list: 'torrents' | 'webdl'): Reply {
  const form = readForm(request);
  const sent = jsonObject(request.body)?.['hashes'];
  const hashes = Array.isArray(sent)
    ? sent.map(String)
    : form.list('hash').flatMap((text) => text.split(','));
  if (hashes.length > maxHashes) throw refused(400, 'TOO_MANY_OPTIONS', 'Too many hashes.');
  const found = hashes.flatMap((hash) => {
    const torrent = list === 'webdl' ? webDownload(context, hash) : context.torrents.find(hash);
    if (torrent === undefined || !context.torrents.isCached('torbox', torrent)) return [];
    const files = torrent.files.map(({ path, size }) => ({ name: path, size }));
    const withFiles = form.value('list_files') === 'true' ? { files } : {};
    return [
      { name: torrent.name, size: totalSize(torrent.files), hash: toldHash(list, torrent), ...withFiles },
    ];
  });
  const data =
    form.value('format') === 'list' ? found : Object.fromEntries(found.map((each) => [each.hash, each]));
  return success(data, 'Torrent cache check complete.');
}

/** Makes a download URL. The caller is known by the `token` of the query; a header says nothing here. */
export function requestDownload(
  { knobs, library, downloads }: TorBoxParts,
  account: Account,
  request: ReceivedRequest,
  list: TorBoxList,
): Reply {
  if (knobs.databaseErrors > 0) {
    knobs.databaseErrors -= 1;
    throw refused(
      500,
      'DATABASE_ERROR',
      'There was an error processing your request. Please try again later.',
    );
  }
  const { query } = request;
  const download = account.downloads[list].get(Number(query.get(idNames[list])));
  if (download === undefined) throw refused(404, 'ITEM_NOT_FOUND', 'The item was not found.');
  const fileId = query.get('file_id');
  if (fileId === null) {
    throw refused(400, 'MISSING_REQUIRED_OPTION', 'Either file_id or zip_link is required.');
  }
  if (!library.isPresent(download)) {
    throw refused(400, 'DOWNLOAD_SERVER_ERROR', 'The download is not available. Please try again later.');
  }
  const fileIndex = fileId === '' ? -1 : download.fileIds.indexOf(Number(fileId));
  if (fileIndex < 0) throw refused(404, 'ITEM_NOT_FOUND', 'The file was not found.');
  const url = downloads.make(account, download, fileIndex);
  if (query.get('redirect') === 'true') return emptyReply(302, { Location: url });
  return success(url, 'Download URL requested successfully.');
}

/** Whether an account has a download of this hash in a list already. */
export function ownedDownload(account: Account, list: TorBoxList, hash: string): number | null {
  const owned = [...account.downloads[list].values()].find(({ torrent }) => torrent.hash === hash);
  return owned?.id ?? null;
}
