import type { TorBoxList } from '../../core/torrent.js';
import { contentBytes } from '../content.js';
import { contentType } from '../file-reply.js';
import { baseName, toldPaths, totalSize } from '../known-torrents.js';
import type { WorldTorrent } from '../world.js';
import type { TorBoxKnobs } from './knobs.js';
import type { Library } from './library.js';
import type { Account, Download, ListedDownload } from './state.js';

/** A date as TorBox tells it: UTC without fractions. */
export function jsonDate(utcMs: number): string {
  return `${new Date(utcMs).toISOString().slice(0, 19)}Z`;
}

/** The hash that a list tells: an infohash for torrents, else an MD5 (here: the first 32 digits of the world's hash). */
export function toldHash(list: TorBoxList, torrent: WorldTorrent): string {
  return list === 'torrents' ? torrent.hash : torrent.hash.slice(0, 32);
}

/** A row of a list, with its files. */
export function listedDownload(
  account: Account,
  download: Download,
  library: Library,
  knobs: TorBoxKnobs,
): ListedDownload {
  const { torrent, phase, list } = download;
  const hash = toldHash(download.list, download.torrent);
  const isKnown = phase !== 'metadata';
  const present = library.isPresent(download);
  const finished = phase === 'ready';
  const moving = phase === 'downloading';
  return {
    id: download.id,
    ...(list === 'torrents' ? torrentFacts(download, moving) : { original_url: null, download_id: hash }),
    auth_id: account.authId,
    server: 1,
    hash,
    name: isKnown ? torrent.name : hash,
    size: isKnown ? totalSize(torrent.files) : -1,
    active: moving || phase === 'metadata',
    created_at: jsonDate(download.createdMs),
    updated_at: jsonDate(download.createdMs + 2000),
    download_state: stateText(download, library),
    progress: download.progress,
    download_speed: moving ? 5_000_000 : 0,
    upload_speed: 0,
    eta: moving ? 600 : 0,
    expires_at: download.expiresMs === null ? null : jsonDate(download.expiresMs),
    download_present: present,
    download_finished: finished,
    files: isKnown ? filesOf(download, knobs) : null,
    inactive_check: 0,
    availability: 0,
    cached: present,
    cached_at: finished ? jsonDate(download.createdMs) : null,
    owner: account.authId,
    private: false,
    tags: [],
  };
}

function torrentFacts({ torrent }: Download, moving: boolean): object {
  return {
    magnet: null,
    torrent_file: true,
    seeds: moving ? torrent.seeders : 0,
    peers: 0,
    ratio: 0,
    download_path: torrent.hash,
    seed_torrent: false,
    allow_zipped: true,
    long_term_seeding: false,
    tracker_message: null,
    alternative_hashes: [],
  };
}

function stateText(download: Download, library: Library): string {
  if (library.isExpired(download)) return 'expired';
  if (library.isEvicted(download)) return 'missing';
  const texts = {
    metadata: 'metaDL',
    downloading: 'downloading',
    ready: 'cached',
    failed: 'stalled (no seeds)',
  } as const;
  return texts[download.phase];
}

/** Files in order of their ids, which is not the order of the torrent. */
function filesOf(download: Download, knobs: TorBoxKnobs): object[] {
  const { torrent, fileIds } = download;
  const hash = toldHash(download.list, download.torrent);
  const paths = toldPaths(torrent, knobs.rootFolder);
  return torrent.files
    .map(({ size }, index) => {
      const name = paths[index] ?? '';
      return {
        id: fileIds[index] ?? index,
        md5: null,
        hash,
        name,
        size,
        zipped: false,
        s3_path: `${hash}/${name}`,
        infected: false,
        mimetype: contentType(name),
        short_name: baseName(name),
        absolute_path: `/downloads/${hash}/${name}`,
        opensubtitles_hash: index % 2 === 0 ? contentBytes(hash, name, 0, 8).toString('hex') : null,
      };
    })
    .sort((a, b) => a.id - b.id);
}

export function user(account: Account, nowMs: number): object {
  const plan = account.premium ? 2 : 0;
  return {
    id: 4711,
    auth_id: account.authId,
    created_at: '2024-01-01T00:00:00Z',
    updated_at: jsonDate(nowMs),
    email: 'emulated@example.org',
    plan,
    total_downloaded: account.bytesServed,
    total_bytes_downloaded: account.bytesServed,
    is_subscribed: account.premium,
    premium_expires_at: account.premium ? jsonDate(nowMs + 2_592_000_000) : null,
    cooldown_until: null,
    customer: null,
    server: 1,
    base_email: 'emulated@example.org',
    user_referral: null,
  };
}
