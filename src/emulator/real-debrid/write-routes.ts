import { readForm } from '../form.js';
import { infohashOf, infohashOfFile } from '../infohash.js';
import { emptyReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { Route } from '../router.js';
import { activeTorrents, type RealDebridParts } from './read-routes.js';
import { json, missing, refused, unknownResource } from './replies.js';
import type { Account, HeldTorrent } from './state.js';
import type { WorldTorrent } from '../world.js';

/** The endpoints that change an account. */
export function writeRoutes(parts: RealDebridParts): readonly Route<Account>[] {
  const { context, library } = parts;
  return [
    {
      method: 'POST',
      path: /^\/torrents\/addMagnet$/,
      serve: (account, request) => {
        const magnet = readForm(request).value('magnet');
        if (magnet === undefined) throw missing('magnet');
        const hash = infohashOf(magnet);
        if (hash === null) throw refused(400, 30, 'torrent_file_invalid');
        const torrent = context.torrents.find(hash);
        checkMayAdd(parts, account, torrent);
        return created(parts, library.addMagnet(account, hash, torrent));
      },
    },
    {
      method: 'PUT',
      path: /^\/torrents\/addTorrent$/,
      serve: (account, request) => {
        const hash = infohashOfFile(request.body);
        const torrent = hash === null ? undefined : context.torrents.find(hash);
        if (torrent === undefined) throw refused(400, 30, 'torrent_file_invalid');
        checkMayAdd(parts, account, torrent);
        return created(parts, library.addFile(account, torrent));
      },
    },
    {
      method: 'POST',
      path: /^\/torrents\/selectFiles\/([^/]+)$/,
      serve: (account, request, [id = '']) => selectFiles(parts, account, request, id),
    },
    {
      method: 'DELETE',
      path: /^\/torrents\/delete\/([^/]+)$/,
      serve: (account, _request, [id = '']) => {
        if (!account.torrents.delete(id)) throw unknownResource();
        return emptyReply(204);
      },
    },
    {
      method: 'DELETE',
      path: /^\/downloads\/delete\/([^/]+)$/,
      serve: (account, _request, [code = '']) => {
        const download = account.downloads.get(code);
        if (download === undefined || download.deleted) throw unknownResource();
        download.deleted = true;
        return emptyReply(204);
      },
    },
  ];
}

function selectFiles(
  { library }: RealDebridParts,
  account: Account,
  request: ReceivedRequest,
  id: string,
): Reply {
  if (!account.premium) throw refused(403, 9, 'permission_denied');
  const held = account.torrents.get(id);
  if (held === undefined) throw unknownResource();
  const files = readForm(request).value('files');
  if (files === undefined) throw missing('files', 404);
  const all = held.torrent.files.map((_, index) => index + 1);
  const selection = files === 'all' ? all : files.split(',').map(Number);
  if (!selection.every((number) => all.includes(number))) throw refused(404, 2, 'wrong_parameter');
  if (held.status !== 'waiting_files_selection') return emptyReply(202);
  library.select(account, held, selection);
  return emptyReply(204);
}

function checkMayAdd({ knobs }: RealDebridParts, account: Account, torrent: WorldTorrent | undefined): void {
  if (!account.premium) throw refused(403, 9, 'permission_denied');
  if (torrent !== undefined && (torrent.infringing || knobs.nameFilter.test(torrent.name))) {
    throw refused(451, 35, 'infringing_file');
  }
  if (activeTorrents(account).length >= knobs.activeLimit) {
    throw refused(509, 21, 'too_many_active_downloads');
  }
}

function created({ context }: RealDebridParts, held: HeldTorrent): Reply {
  const uri = `${context.origin('rd-api')}/rest/1.0/torrents/info/${held.id}`;
  return json({ id: held.id, uri }, {}, 201);
}
