import { baseName, toldPaths, totalSize } from '../known-torrents.js';
import { contentType } from '../file-reply.js';
import type { RealDebridKnobs } from './knobs.js';
import { jsonDate } from './paris-time.js';
import { selectedFiles, type Account, type Download, type HeldTorrent, type ServedLink } from './state.js';

/** A torrent as the list tells it: without files. */
export function listedTorrent(held: HeldTorrent, knobs: RealDebridKnobs): object {
  const { torrent, status } = held;
  return {
    id: held.id,
    filename: shownName(held),
    hash: torrent.hash,
    bytes: totalSize(selectedFiles(held)),
    ...common(held, knobs),
    ...(status === 'downloading' || status === 'magnet_conversion' ? { seeders: torrent.seeders } : {}),
  };
}

/** A torrent as `info` tells it. */
export function detailedTorrent(held: HeldTorrent, knobs: RealDebridKnobs): object {
  const { torrent, status } = held;
  const paths = toldPaths(torrent, knobs.rootFolder);
  const files = torrent.files.map(({ size }, index) => ({
    id: index + 1,
    path: `/${paths[index] ?? ''}`,
    bytes: size,
    selected: held.selection.includes(index + 1) ? 1 : 0,
  }));
  return {
    id: held.id,
    filename: shownName(held),
    original_filename: torrent.name,
    hash: torrent.hash,
    bytes: totalSize(selectedFiles(held)),
    original_bytes: totalSize(torrent.files),
    ...common(held, knobs),
    files: status === 'magnet_conversion' || status === 'magnet_error' ? [] : files,
    ...(status === 'downloading' || status === 'magnet_conversion' ? { seeders: torrent.seeders } : {}),
  };
}

function common(held: HeldTorrent, knobs: RealDebridKnobs): object {
  const moving = ['downloading', 'compressing', 'uploading'].includes(held.status);
  return {
    host: 'real-debrid.com',
    split: 2000,
    progress: knobs.floatProgress && moving ? held.progress + 0.37 : held.progress,
    status: held.status,
    added: jsonDate(held.addedMs),
    links: held.links,
    ...(held.endedMs === null ? {} : { ended: jsonDate(held.endedMs) }),
    ...(moving ? { speed: 12_345_678 } : {}),
  };
}

/** The torrent's name, or of a torrent of one file that file's (observed in public clients). */
function shownName({ torrent }: HeldTorrent): string {
  const only = torrent.files.length === 1 ? torrent.files[0] : undefined;
  return only === undefined ? torrent.name : baseName(only.path);
}

function mainDomain(url: string): string {
  return new URL(url).hostname.replace(/^www\./, '');
}

export function checkedLink(link: ServedLink, asked: string, isSizeTold = true): object {
  return {
    host: mainDomain(link.text),
    link: asked,
    filename: link.fileName,
    filesize: isSizeTold ? link.source.size : 0,
    supported: 1,
  };
}

/** What unrestrict answers. */
export function unrestrictedLink(download: Download): object {
  const { link } = download;
  return {
    id: download.code,
    filename: link.fileName,
    mimeType: contentType(link.fileName),
    filesize: link.source.size,
    link: link.text,
    host: mainDomain(link.text),
    host_icon: 'https://fcdn.real-debrid.com/0824/images/hosters/realdebrid.png',
    chunks: 32,
    crc: 1,
    download: download.url,
    streamable: /\.(mkv|mp4|avi|ts)$/i.test(link.fileName) ? 1 : 0,
  };
}

/** A row of the downloads. */
export function listedDownload(download: Download): object {
  const { quality } = download.link;
  const type = quality === undefined ? {} : { type: quality };
  return { ...unrestrictedLink(download), ...type, generated: jsonDate(download.generatedMs) };
}

export function user(account: Account, nowMs: number): object {
  const seconds = account.premium ? 2_592_000 : 0;
  return {
    id: 1234567,
    username: 'emulated',
    email: 'emulated@example.org',
    points: 1000,
    locale: 'en',
    avatar: 'https://fcdn.real-debrid.com/images/avatars/none.png',
    type: account.premium ? 'premium' : 'free',
    premium: seconds,
    expiration: jsonDate(account.premium ? nowMs + seconds * 1000 : nowMs - 86_400_000),
  };
}
