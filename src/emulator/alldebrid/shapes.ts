import { baseName, totalSize } from '../known-torrents.js';
import type { AllDebridKnobs } from './knobs.js';
import { isActive, statusText, type Account, type Magnet } from './state.js';

/** A node of a tree: a folder with `e`, or a file with `s` and `l`. */
type TreeNode =
  | { readonly n: string; readonly e: TreeNode[] }
  | { readonly n: string; readonly s: number | string; readonly l: string };

/** A magnet as the status tells it, without files. */
export function magnetStatus(magnet: Magnet): Record<string, unknown> {
  const { torrent, statusCode, completionMs } = magnet;
  const size = totalSize(torrent.files);
  const moving = isActive(magnet);
  return {
    id: magnet.id,
    filename: torrent.name,
    size,
    hash: torrent.hash,
    status: statusText(statusCode),
    statusCode,
    uploadDate: Math.floor(magnet.uploadMs / 1000),
    completionDate: completionMs === null ? 0 : Math.floor(completionMs / 1000),
    ...(moving
      ? {
          downloaded: Math.floor((size * statusCode) / 4),
          uploaded: 0,
          seeders: torrent.seeders,
          downloadSpeed: statusCode === 1 ? 18_874_368 : 0,
          uploadSpeed: 0,
          processingPerc: statusCode * 25,
        }
      : {}),
  };
}

/** A magnet's files as a tree by path components, siblings in order of first appearance. */
export function fileTree(magnet: Magnet, knobs: AllDebridKnobs): TreeNode[] {
  const root: TreeNode[] = knobs.emptyFolder ? [{ n: 'Empty', e: [] }] : [];
  magnet.torrent.files.forEach((file, index) => {
    const id = magnet.linkIds[index];
    if (id === undefined) return;
    const folders = file.path.split('/').slice(0, -1);
    const parent = folders.reduce((nodes, name) => childFolder(nodes, name, knobs), root);
    const s = knobs.sizeAsString ? String(file.size) : file.size;
    parent.push({ n: baseName(file.path), s, l: `https://alldebrid.com/f/${id}` });
  });
  return root;
}

function childFolder(nodes: TreeNode[], name: string, knobs: AllDebridKnobs): TreeNode[] {
  const known = nodes.find((node) => 'e' in node && node.n === name);
  if (known !== undefined && 'e' in known && !knobs.duplicateSiblingNames) return known.e;
  const fresh: TreeNode[] = [];
  nodes.push({ n: name, e: fresh });
  return fresh;
}

export function user(account: Account, knobs: AllDebridKnobs, nowMs: number): object {
  const until = account.premium ? Math.floor(nowMs / 1000) + 2_592_000 : 0;
  return {
    username: 'emulated',
    email: 'emulated@example.org',
    isPremium: account.premium,
    isSubscribed: false,
    isTrial: false,
    premiumUntil: knobs.premiumUntilString ? String(until) : until,
    lang: 'en',
    preferedDomain: 'com',
    fidelityPoints: 200,
    limitedHostersQuotas: quotas(knobs),
    notifications: [],
  };
}

/** An empty object is told as `[]` (observed). */
function quotas({ limitedHosters }: AllDebridKnobs): object {
  const left = Object.entries(limitedHosters).map(([host, limit]) => [host, limit.leftMegabytes] as const);
  return left.length === 0 ? [] : Object.fromEntries(left);
}
