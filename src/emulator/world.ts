import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { ServiceName } from '../core/account.js';
import type { ContentSource } from './content.js';
import type { Catalogue } from './nekobt/catalogue.js';
import type { ItemState, TorBoxList } from '../core/torrent.js';

/** One file of a torrent. */
export interface WorldFile {
  /** As in the torrent, with its root folder where it has one; no leading slash. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** A file on disk, or the bytes themselves; null: generated, as `contentBytes` tells. */
  readonly content: string | Buffer | ContentSource | null;
}

/** What exists in the world, whoever holds it. */
export interface WorldTorrent {
  /** Infohash, 40 lower-case hex digits. */
  readonly hash: string;
  readonly name: string;
  readonly files: readonly WorldFile[];
  /** Nobody to download from: 0. */
  readonly seeders: number;
  /** Services that have it already, so that adding it is ready at once. */
  readonly cachedOn: readonly ServiceName[];
  /** Real-Debrid caches exact selections: only these (file numbers from 1), or null for every one. */
  readonly cachedSelections: readonly (readonly number[])[] | null;
  /** Real-Debrid answers 451 for it. */
  readonly infringing: boolean;
}

/** `expired`: held once, no longer (TorBox's expiry, AllDebrid's "deleted on the hoster"). */
export type WorldItemState = ItemState | 'expired';

/** A torrent in an account. */
export interface WorldItem {
  readonly torrent: WorldTorrent;
  /** Wall clock milliseconds; by default the last one of an account a minute ago, each before it a minute earlier. */
  readonly addedMs?: number;
  /** Default `ready`. */
  readonly state?: WorldItemState;
  /** Real-Debrid: which files were selected; default all. */
  readonly select?: (file: WorldFile) => boolean;
  /** TorBox: which list it is in; default torrents. */
  readonly list?: TorBoxList;
}

/** A site that keeps files, or leads to them. */
export interface WorldHoster {
  readonly domain: string;
  /** Who takes its links. */
  readonly services: readonly ServiceName[];
}

/** A file at a hoster. Its infohash-like key, by which its bytes are generated, is the MD5 of its URL. */
export interface WorldLink {
  readonly url: string;
  readonly file: WorldFile;
  /** Without it the hoster gives nothing; null: none is wanted. */
  readonly password: string | null;
  /** Of a video site: the same film in several qualities, the first the best; empty for a file. `file` is the first one's. */
  readonly qualities: readonly WorldQuality[];
  /** Whether a free check tells its size. */
  readonly isSizeTold: boolean;
}

export interface WorldQuality {
  /** Such as `1080p`. */
  readonly quality: string;
  readonly file: WorldFile;
}

/** A link that stands for others: a folder at a hoster, a container file on the web, a redirector. */
export interface WorldBundle {
  readonly kind: 'folder' | 'container' | 'redirector';
  readonly url: string;
  /** URLs of links of the world. */
  readonly links: readonly string[];
}

export interface WorldAccount {
  readonly service: ServiceName;
  /** Token or key; unique in the world, since it also names the account in rules, log and controls. */
  readonly token: string;
  readonly items: readonly WorldItem[];
  /** Default true. */
  readonly premium?: boolean;
  /** URLs of hoster links that it was given: AllDebrid's saved links, Real-Debrid's downloads. */
  readonly links?: readonly string[];
  /** The same in AllDebrid's history. */
  readonly history?: readonly string[];
}

/** Everything the services know at the start. Plain data: one world can serve many emulators. */
export interface World {
  readonly accounts: readonly WorldAccount[];
  /** Torrents that no account holds yet, so that they can be added. */
  readonly torrents?: readonly WorldTorrent[];
  readonly hosters?: readonly WorldHoster[];
  readonly links?: readonly WorldLink[];
  readonly bundles?: readonly WorldBundle[];
  /** What nekoBT knows; nothing unless told. */
  readonly catalogue?: Catalogue;
}

export type FileSpec = { readonly path: string } & (
  { readonly size: number; readonly content?: Buffer } | { readonly content: string | Buffer | ContentSource }
);

/** A torrent; its infohash is derived from name and paths unless given. Sizes of fixtures are taken from them. */
export function torrent(
  name: string,
  files: readonly FileSpec[],
  over: Partial<Omit<WorldTorrent, 'name' | 'files'>> = {},
): WorldTorrent {
  const text = JSON.stringify([name, files.map(({ path }) => path)]);
  return {
    hash: createHash('sha1').update(text).digest('hex'),
    name,
    files: files.map(worldFile),
    seeders: 10,
    cachedOn: ['real-debrid', 'alldebrid', 'torbox'],
    cachedSelections: null,
    infringing: false,
    ...over,
  };
}

/** A torrent that is one bare file with generated content. */
export function singleFile(name: string, size: number): WorldTorrent {
  return torrent(name, [{ path: name, size }]);
}

/** A file at a hoster. */
export function hosterLink(
  url: string,
  file: FileSpec,
  over: Partial<Omit<WorldLink, 'url' | 'file'>> = {},
): WorldLink {
  return { url, file: worldFile(file), password: null, qualities: [], isSizeTold: true, ...over };
}

/** Items with a date each. */
export function dated(
  items: readonly WorldItem[],
  nowMs: number,
): (WorldItem & { readonly addedMs: number })[] {
  return items.map((item, index) => ({
    ...item,
    addedMs: item.addedMs ?? nowMs - (items.length - index) * 60_000,
  }));
}

function worldFile(spec: FileSpec): WorldFile {
  const content = spec.content ?? null;
  if (content === null) return { path: spec.path, size: 'size' in spec ? spec.size : 0, content };
  if (typeof content === 'string') return { path: spec.path, size: statSync(content).size, content };
  const size = Buffer.isBuffer(content) ? content.length : content.size;
  return { path: spec.path, size, content };
}
