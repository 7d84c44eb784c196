import { createHash } from 'node:crypto';
import { emptyReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { Route } from '../router.js';
import { singleFile } from '../world.js';
import type { StandInContext } from '../stand-in.js';
import type { Downloads } from './downloads.js';
import type { RealDebridKnobs } from './knobs.js';
import type { Library } from './library.js';
import { json, page, refused, unknownResource } from './replies.js';
import { detailedTorrent, listedDownload, listedTorrent, user } from './shapes.js';
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
    { method: 'GET', path: /^\/traffic$/, serve: () => json(limits(knobs)) },
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
  ];
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

/** An empty map is told as `[]` (a choice: both are thinkable in PHP). */
function limits({ limitedHosters }: RealDebridKnobs): object {
  const told = Object.entries(limitedHosters).map(([host, { leftBytes, dailyBytes }]) => {
    const bytes = dailyBytes - leftBytes;
    return [
      host,
      { left: leftBytes, bytes, links: 0, limit: dailyBytes, type: 'bytes', extra: 0, reset: 'daily' },
    ];
  });
  return told.length === 0 ? [] : (Object.fromEntries(told) as object);
}
