import { readForm } from '../form.js';
import { infohashOf, infohashOfFile } from '../infohash.js';
import { totalSize } from '../known-torrents.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { Route } from '../router.js';
import { torrent as worldTorrent } from '../world.js';
import { errorBody, refused, success, type ErrorCode } from './replies.js';
import type { AllDebridParts } from './routes.js';
import { isActive, type Account } from './state.js';

const maxActive = 30;
const maxMagnets = 1000;

/** The endpoints that change an account. Paths without `/v4` or `/v4.1`, GET or POST alike. */
export function writeRoutes(parts: AllDebridParts): readonly Route<Account>[] {
  const { magnets } = parts;
  return [
    {
      method: '*',
      path: /^\/magnet\/upload$/,
      serve: (account, request) => {
        const texts = readForm(request).list('magnets');
        if (texts.length === 0) throw refused('MAGNET_NO_URI');
        checkMayUpload(parts, account);
        const told = texts.map((magnet) => {
          const hash = infohashOf(magnet);
          const code = hash === null ? 'MAGNET_INVALID_URI' : limitReached(account);
          if (hash === null || code !== null) return { magnet, error: errorBody(code ?? 'GENERIC') };
          return { magnet, ...upload(parts, account, hash) };
        });
        return success({ magnets: told });
      },
    },
    {
      method: '*',
      path: /^\/magnet\/upload\/file$/,
      serve: (account, request) => uploadFiles(parts, account, request),
    },
    {
      method: '*',
      path: /^\/magnet\/delete$/,
      serve: (account, request) =>
        forEachMagnet(account, request, 'deleted', (id) => {
          account.magnets.delete(id);
          return null;
        }),
    },
    {
      method: '*',
      path: /^\/magnet\/restart$/,
      serve: (account, request) =>
        forEachMagnet(account, request, 'restarted', (id) => {
          const magnet = account.magnets.get(id);
          const isRestarted = magnet !== undefined && magnets.restart(account, magnet);
          return isRestarted ? null : 'MAGNET_PROCESSING';
        }),
    },
  ];
}

function uploadFiles(parts: AllDebridParts, account: Account, request: ReceivedRequest): Reply {
  checkMayUpload(parts, account);
  const told = readForm(request).files.map(({ name: file, bytes }) => {
    const hash = infohashOfFile(bytes);
    const code = hash === null ? 'MAGNET_INVALID_FILE' : limitReached(account);
    if (hash === null || code !== null) return { file, error: errorBody(code ?? 'GENERIC') };
    return { file, ...upload(parts, account, hash) };
  });
  return success({ files: told });
}

function upload({ context, knobs, magnets }: AllDebridParts, account: Account, hash: string): object {
  const known = context.torrents.find(hash);
  const magnet = magnets.upload(
    account,
    known ?? worldTorrent('noname', [], { hash, seeders: 0, cachedOn: [] }),
  );
  const hasId = knobs.idMissing <= 0;
  if (!hasId) knobs.idMissing -= 1;
  return {
    hash,
    name: magnet.torrent.name,
    size: totalSize(magnet.torrent.files),
    ready: magnet.statusCode === 4,
    ...(hasId ? { id: magnet.id } : {}),
  };
}

function checkMayUpload({ knobs }: AllDebridParts, account: Account): void {
  if (knobs.serverIp) throw refused(knobs.magnetNoServerCode ? 'MAGNET_NO_SERVER' : 'NO_SERVER');
  if (!account.premium) throw refused('MAGNET_MUST_BE_PREMIUM');
}

function limitReached(account: Account): ErrorCode | null {
  if (account.magnets.size >= maxMagnets) return 'MAGNET_TOO_MANY';
  const active = [...account.magnets.values()].filter(isActive).length;
  return active >= maxActive ? 'MAGNET_TOO_MANY_ACTIVE' : null;
}

/** Does something to the magnet `id`, or to each of `ids`. */
function forEachMagnet(
  account: Account,
  request: ReceivedRequest,
  done: 'deleted' | 'restarted',
  act: (id: number) => ErrorCode | null,
): Reply {
  const form = readForm(request);
  const message = `Magnet was successfully ${done}`;
  const result = (id: string): ErrorCode | null =>
    account.magnets.has(Number(id)) ? act(Number(id)) : 'MAGNET_INVALID_ID';
  const ids = form.list('ids');
  if (ids.length === 0) {
    const code = result(form.value('id') ?? '');
    if (code !== null) throw refused(code);
    return success({ message });
  }
  const magnets = ids.map((magnet) => {
    const code = result(magnet);
    return code === null ? { magnet, message } : { magnet, error: errorBody(code) };
  });
  return success({ magnets });
}
