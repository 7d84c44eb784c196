import type { TorBoxList } from '../../core/torrent.js';
import { readForm, type Form } from '../form.js';
import { infohashOf, infohashOfFile } from '../infohash.js';
import { totalSize } from '../known-torrents.js';
import { jsonObject } from '../json-body.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { Route } from '../router.js';
import type { StandInContext } from '../stand-in.js';
import { torrent as worldTorrent, type WorldTorrent } from '../world.js';
import { ownedDownload, type TorBoxParts } from './read-routes.js';
import { refused, success, unprocessable } from './replies.js';
import { toldHash } from './shapes.js';
import type { Account } from './state.js';
import { hashOfLink, torrentOfLink } from './web-links.js';

/** What differs between the three lists when they are written to. */
const lists = {
  createtorrent: { list: 'torrents', id: 'torrent_id' },
  createusenetdownload: { list: 'usenet', id: 'usenetdownload_id' },
  createwebdownload: { list: 'webdl', id: 'webdownload_id' },
} as const satisfies Record<string, { readonly list: TorBoxList; readonly id: string }>;

const controlledIds = {
  controltorrent: { list: 'torrents', id: 'torrent_id' },
  controlusenetdownload: { list: 'usenet', id: 'usenet_id' },
  controlwebdownload: { list: 'webdl', id: 'webdl_id' },
} as const satisfies Record<string, { readonly list: TorBoxList; readonly id: string }>;

/** The endpoints that change an account. */
export function writeRoutes(parts: TorBoxParts): readonly Route<Account>[] {
  return [
    {
      method: 'POST',
      path: /^\/(?:torrents|usenet|webdl)\/(createtorrent|createusenetdownload|createwebdownload)$/,
      serve: (account, request, [name]) => create(parts, account, request, lists[name as keyof typeof lists]),
    },
    {
      method: 'POST',
      path: /^\/(?:torrents|usenet|webdl)\/(controltorrent|controlusenetdownload|controlwebdownload)$/,
      serve: (account, request, [name]) =>
        control(account, request, controlledIds[name as keyof typeof controlledIds]),
    },
    {
      method: 'POST',
      path: /^\/(?:torrents\/controlqueued|queued\/controlqueued)$/,
      serve: (account, request) => {
        const body = jsonObject(request.body);
        if (body === null) throw unprocessable('queued_id');
        if (body['all'] === true) account.queue.clear();
        else account.queue.delete(Number(body['queued_id']));
        return success(null, 'Queued download deleted successfully.');
      },
    },
  ];
}

function create(
  { context, knobs, library }: TorBoxParts,
  account: Account,
  request: ReceivedRequest,
  { list, id }: (typeof lists)[keyof typeof lists],
): Reply {
  const form = readForm(request);
  const torrent = atHoster(context, form, list) ?? wanted(form, list, (hash) => context.torrents.find(hash));
  const owned = ownedDownload(account, list, torrent.hash);
  const facts = { hash: toldHash(list, torrent), auth_id: account.authId };
  if (owned !== null) return success({ [id]: owned, ...facts }, 'Download already exists.');
  const isCached = context.torrents.isCached('torbox', torrent);
  if (form.value('add_only_if_cached') === 'true' && !isCached) {
    throw refused(400, 'DOWNLOAD_SERVER_ERROR', 'This download is not cached.');
  }
  if (totalSize(torrent.files) > knobs.maxDownloadBytes) {
    throw refused(400, 'DOWNLOAD_TOO_LARGE', 'This download is too large for your plan.');
  }
  if (!isCached && library.activeCount(account) >= knobs.slots) {
    if (form.value('as_queued') === 'false') throw refused(400, 'ACTIVE_LIMIT', 'All slots are in use.');
    return success({ queued_id: library.queue(account, torrent), ...facts }, 'Download queued.');
  }
  const created = library.create(account, list, torrent);
  const detail = isCached ? 'Found Cached Torrent. Using Cached Torrent.' : 'Download created successfully.';
  return success({ [id]: created.id, ...facts }, detail);
}

/** A hoster's file; null where the link is of no host that TorBox takes. */
function atHoster({ links }: StandInContext, form: Form, list: TorBoxList): WorldTorrent | null {
  const url = list === 'webdl' ? form.value('link') : undefined;
  if (url === undefined || !links.isTaken('torbox', url)) return null;
  const link = links.link(url);
  if (link === undefined || (link.password !== null && link.password !== form.value('password')))
    throw refused(400, 'LINK_OFFLINE', 'The link is offline.');
  return torrentOfLink(link, form.value('name'));
}

/** What a form asks for: a magnet or .torrent, or a link whose MD5 begins the hash of something in the world. */
function wanted(
  form: Form,
  list: TorBoxList,
  find: (hash: string) => WorldTorrent | undefined,
): WorldTorrent {
  if (list !== 'torrents') {
    const link = form.value('link');
    if (link === undefined) throw refused(400, 'MISSING_REQUIRED_OPTION', 'A link is required.');
    const known = find(hashOfLink(link));
    if (known === undefined) throw refused(400, 'LINK_OFFLINE', 'The link is offline.');
    return known;
  }
  const magnet = form.value('magnet');
  const file = form.files[0];
  if (magnet === undefined && file === undefined) {
    throw refused(400, 'MISSING_REQUIRED_OPTION', 'A magnet or a file is required.');
  }
  const hash = magnet === undefined ? infohashOfFile(file?.bytes ?? Buffer.alloc(0)) : infohashOf(magnet);
  if (hash === null) throw refused(400, 'BOZO_TORRENT', 'This is not a valid torrent.');
  return find(hash) ?? worldTorrent(hash, [], { hash, seeders: 0, cachedOn: [] });
}

/** Deletes one download, or with `all` every one of the list; other operations change nothing here. */
function control(
  account: Account,
  request: ReceivedRequest,
  { list, id }: (typeof controlledIds)[keyof typeof controlledIds],
): Reply {
  const body = jsonObject(request.body);
  if (body === null) throw unprocessable(id);
  const downloads = account.downloads[list];
  const isAll = body['all'] === true;
  const number = Number(body[id]);
  if (!isAll && !downloads.has(number)) throw refused(404, 'ITEM_NOT_FOUND', 'The item was not found.');
  if (body['operation'] === 'delete') {
    if (isAll) downloads.clear();
    else downloads.delete(number);
  }
  return success(null, `Download ${String(body['operation'])} successful.`);
}
