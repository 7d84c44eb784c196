import { createHash } from 'node:crypto';
import { emptyReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { Route } from '../router.js';
import { readForm } from '../form.js';
import { singleFile } from '../world.js';
import type { StandInContext } from '../stand-in.js';
import type { Downloads } from './downloads.js';
import type { RealDebridKnobs } from './knobs.js';
import type { Library } from './library.js';
import { json, missing, page, refused, unknownResource } from './replies.js';
import {
  checkedLink,
  detailedTorrent,
  listedDownload,
  listedTorrent,
  unrestrictedLink,
  user,
} from './shapes.js';
import { activeStatuses, type Account, type HeldTorrent } from './state.js';

/** The parts of the stand-in that its endpoints work on. */
export interface RealDebridParts {
  readonly context: StandInContext;
  readonly knobs: RealDebridKnobs;
  readonly library: Library;
  readonly downloads: Downloads;
}

export function activeTorrents(account: Account): HeldTorrent[] {
  return [...account.torrents.values()].filter(({ status }) => activeStatuses.includes(status));
}

/** The endpoints that leave the library as it is. */
export function readRoutes(parts: RealDebridParts): readonly Route<Account>[] {
  const { context, knobs, downloads } = parts;
  return [
    { method: 'GET', path: /^\/user$/, serve: (account) => json(user(account, context.clock.now())) },
    { method: 'GET', path: /^\/traffic$/, serve: () => json({}) },
    { method: 'GET', path: /^\/traffic\/details$/, serve: (account) => json(traffic(account)) },
    { method: 'GET', path: /^\/torrents$/, serve: (account, request) => listing(parts, account, request) },
    {
      method: 'GET',
      path: /^\/torrents\/info\/([^/]+)$/,
      serve: (account, _request, [id = '']) => {
        const held = account.torrents.get(id);
        if (held === undefined) throw unknownResource();
        return json(detailedTorrent(held, knobs));
      },
    },
    {
      method: 'GET',
      path: /^\/torrents\/activeCount$/,
      serve: (account) => json({ nb: activeTorrents(account).length, limit: knobs.activeLimit }),
    },
    {
      method: 'GET',
      path: /^\/torrents\/availableHosts$/,
      serve: () => json([{ host: 'real-debrid.com', max_file_size: 2000 }]),
    },
    {
      method: '*',
      path: /^\/torrents\/instantAvailability(\/|$)/,
      serve: () => {
        throw refused(403, 37, 'disabled_endpoint');
      },
    },
    {
      method: 'GET',
      path: /^\/downloads$/,
      serve: (account, request) => {
        const rows = [...account.downloads.values()].filter((row) => !row.deleted && downloads.isAlive(row));
        return page(rows.reverse(), request.query, listedDownload).reply;
      },
    },
    {
      method: 'POST',
      path: /^\/unrestrict\/link$/,
      serve: (account, request) => unrestrict(parts, account, request),
    },
  ];
}

function unrestrict(
  { context, knobs, library, downloads }: RealDebridParts,
  account: Account,
  request: ReceivedRequest,
): Reply {
  const text = readForm(request).value('link');
  if (text === undefined) throw missing('link');
  if (!account.premium) throw refused(403, 20, 'hoster_not_free');
  if (knobs.blockedIps.includes(request.clientIp)) {
    throw refused(403, 22, `ip_not_allowed_${request.clientIp}`);
  }
  const link = library.link(text);
  const isFull = /\/d\/[A-Z0-9]{14,}/.test(text);
  if (link === undefined || (isFull && link.owner !== account)) throw refused(503, 24, 'unavailable_file');
  if (link.infringing) throw refused(451, 35, 'infringing_file');
  if (context.clock.now() - link.bornMs > knobs.linkLifetimeMs) throw refused(503, 19, 'hoster_unavailable');
  if (context.torrents.isEvicted('real-debrid', link.hash)) throw refused(503, 24, 'unavailable_file');
  if (downloads.isOverQuota(account)) throw refused(503, 36, 'fair_usage_limit');
  return json(unrestrictedLink(downloads.make(account, link)));
}

/** The one endpoint besides the time that needs no token and tells of a link. */
export function checkLink({ context, library }: RealDebridParts, request: ReceivedRequest): Reply {
  const text = readForm(request).value('link');
  if (text === undefined) throw missing('link');
  const link = library.link(text);
  if (link === undefined || context.torrents.isEvicted('real-debrid', link.hash)) {
    throw refused(503, 24, 'unavailable_file');
  }
  return json(checkedLink(link, text));
}

/** Newest first; equals by id, greatest first. */
function listing(parts: RealDebridParts, account: Account, request: ReceivedRequest): Reply {
  const { context, knobs, library } = parts;
  if (knobs.listReturnsObject) return json({});
  const held =
    request.query.get('filter') === 'active' ? activeTorrents(account) : [...account.torrents.values()];
  held.sort((a, b) => b.addedMs - a.addedMs || (a.id < b.id ? 1 : -1));
  const { reply, isLast } = page(held, request.query, (torrent) => listedTorrent(torrent, knobs));
  if (knobs.overlapShift && !isLast) {
    knobs.overlapShift = false;
    const late = singleFile('Came.Between.Pages.2026.1080p.BluRay.x265-GRP.mkv', 1_000_000);
    context.torrents.learn(late);
    library.hold(account, { torrent: late }, context.clock.now());
  }
  return knobs.etag ? tagged(request, reply) : reply;
}

function tagged(request: ReceivedRequest, reply: Reply): Reply {
  const hash = createHash('sha1').update(JSON.stringify(reply.headers));
  for (const slice of reply.source.slices(reply.start, reply.end) as Iterable<Buffer>) hash.update(slice);
  const headers = { ...reply.headers, ETag: `W/"${hash.digest('hex')}"` };
  if (request.headers['if-none-match'] === headers.ETag) return emptyReply(304, headers);
  return { ...reply, headers };
}

function traffic({ served: { day, bytes } }: Account): object {
  return day === '' ? {} : { [day]: { host: { 'real-debrid.com': bytes }, bytes } };
}
