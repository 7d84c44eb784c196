import { linkId } from '../../core/own-links.js';
import { baseName } from '../known-torrents.js';
import type { Reply } from '../reply.js';
import type { StandInContext } from '../stand-in.js';
import { torrent as worldTorrent, type WorldLink, type WorldTorrent } from '../world.js';
import { success } from './replies.js';

/**
 * A hoster's file as a torrent of one file, under the MD5 of its link (the hash of a web download: documented in TorBox's
 * SDKs, read 2026-11). Whatever TorBox takes it has at once (a choice).
 */
export function torrentOfLink({ url, file }: WorldLink, name = baseName(file.path)): WorldTorrent {
  return { ...worldTorrent(name, [], { hash: linkId(url), cachedOn: ['torbox'] }), files: [file] };
}

/** What a hash of a web download stands for: a hoster's file, or something of the world whose hash it begins. */
export function webDownload({ links, torrents }: StandInContext, hash: string): WorldTorrent | undefined {
  const link = links.linkOfHash(hash.toLowerCase());
  if (link !== undefined && links.isTaken('torbox', link.url)) return torrentOfLink(link);
  return hash.length === 32 ? torrents.find(filledUp(hash)) : undefined;
}

/** The hash that a torrent of the world must have to stand for a hoster link: its MD5, filled up with zeros. */
export function hashOfLink(link: string): string {
  return filledUp(linkId(link));
}

/** The hosters whose links are taken, told to everybody: fields as in TorBox's SDKs (read 2026-11); a limit of 0 is none. */
export function hosters({ links }: StandInContext): Reply {
  const streams = links.streamDomains('torbox');
  const told = links.domainsOf('torbox').map((domain, index) => ({
    id: index + 1,
    name: domain.split('.')[0],
    domains: [domain],
    url: `https://${domain}`,
    icon: `https://${domain}/favicon.ico`,
    status: true,
    type: streams.includes(domain) ? 'stream' : 'hoster',
    note: null,
    nsfw: false,
    daily_link_limit: 0,
    daily_link_used: 0,
    daily_bandwidth_limit: 0,
    daily_bandwidth_used: 0,
    per_link_size_limit: 0,
    regex: `https?:\\/\\/(?:www\\.)?${domain.replaceAll('.', '\\.')}\\/[^?#]+`,
  }));
  return success(told, 'Hosters retrieved successfully.');
}

function filledUp(hash: string): string {
  return hash.padEnd(40, '0');
}
