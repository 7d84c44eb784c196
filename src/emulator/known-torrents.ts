import type { ServiceName } from '../core/account.js';
import { bufferContent, diskContent, generatedContent, type ContentSource } from './content.js';
import type { World, WorldFile, WorldTorrent } from './world.js';

/** The torrents of the world by infohash, and which a service has dropped from its cache. */
export class KnownTorrents {
  readonly #byHash = new Map<string, WorldTorrent>();
  readonly #evicted = new Set<string>();

  constructor(world: World) {
    for (const torrent of world.torrents ?? []) this.learn(torrent);
    for (const account of world.accounts) for (const { torrent } of account.items) this.learn(torrent);
  }

  learn(torrent: WorldTorrent): void {
    this.#byHash.set(torrent.hash, torrent);
  }

  find(hash: string): WorldTorrent | undefined {
    return this.#byHash.get(hash.toLowerCase());
  }

  evict(service: ServiceName, hash: string): void {
    this.#evicted.add(`${service}:${hash}`);
  }

  isEvicted(service: ServiceName, hash: string): boolean {
    return this.#evicted.has(`${service}:${hash}`);
  }

  /** Whether a service has it at once when it is added. */
  isCached(service: ServiceName, torrent: WorldTorrent): boolean {
    return torrent.cachedOn.includes(service) && !this.isEvicted(service, torrent.hash);
  }
}

/** The bytes of a file of the world. */
export function sourceOf(torrent: WorldTorrent, file: WorldFile): ContentSource {
  return contentOf(torrent.hash, file);
}

/** The bytes of a file: its own, or those that are generated under a hash. */
export function contentOf(hash: string, file: WorldFile): ContentSource {
  if (file.content === null) return generatedContent(hash, file.path, file.size);
  if (typeof file.content === 'string') return diskContent(file.content, file.size);
  return Buffer.isBuffer(file.content) ? bufferContent(file.content) : file.content;
}

/**
 * The paths as a service tells them: as in the torrent, or without the one root folder that all files share (services
 * differ: observed in public clients, 2026).
 */
export function toldPaths(torrent: WorldTorrent, rootFolder: 'kept' | 'dropped'): readonly string[] {
  const paths = torrent.files.map(({ path }) => path);
  const slash = paths[0]?.indexOf('/') ?? -1;
  const root = paths[0]?.slice(0, slash + 1) ?? '';
  const shared = slash >= 0 && paths.every((path) => path.startsWith(root));
  return rootFolder === 'dropped' && shared ? paths.map((path) => path.slice(root.length)) : paths;
}

/** The last component of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function totalSize(files: readonly WorldFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
