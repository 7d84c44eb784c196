import { join } from 'node:path';
import type { ServiceName } from '../core/account.js';
import type { AccountConfig, Config } from './config.js';
import { notifyTargets, warnOfPathMaps } from './path-maps.js';
import { absoluteAt, type Surroundings } from './places.js';
import type { Settings } from './schema.js';
import type { MapSetting, SettingPath } from './setting-tree.js';
import type { KeptToken } from './tokens.js';

/**
 * Where each service's documented paths start: Real-Debrid, AllDebrid and TorBox API documentations, read 2026-11.
 * storage-portal is software of its own, so its address is the user's.
 */
const serviceUrls: Readonly<Record<ServiceName, string>> = {
  'real-debrid': 'https://api.real-debrid.com',
  alldebrid: 'https://api.alldebrid.com',
  torbox: 'https://api.torbox.app',
  'storage-portal': '',
};

/** Makes settings a configuration: paths absolute, defaults of the caller filled in. */
export function complete(
  settings: Settings,
  root: MapSetting,
  around: Surroundings,
  tokens: readonly (KeptToken | null)[],
  warnings: readonly string[],
): Config {
  const absolute = (text: string, path: SettingPath): string => absoluteAt(root, path, text, around);
  const optional = (text: string | null, path: SettingPath): string | null =>
    text === null ? null : absolute(text, path);

  const mountpoint = optional(settings.mountpoint, ['mountpoint']);
  const stateDir = optional(settings.stateDir, ['stateDir']) ?? around.places.stateDir;
  const accounts = settings.accounts.map((account, index): AccountConfig => {
    const { name, service, proxy, repair, history } = account;
    const kept = account.token === null ? (tokens[index] ?? null) : null;
    const token = account.token ?? kept?.token ?? null;
    const apiUrl = account.apiUrl ?? serviceUrls[service];
    return { name, service, token, keptIn: kept?.file ?? null, apiUrl, proxy, repair, history };
  });

  const notify = notifyTargets(settings, root, around);
  const { cache, mount } = settings;
  const uid = mount.uid ?? around.uid;
  const gid = mount.gid ?? around.gid;
  return {
    file: around.file,
    warnings: [
      ...warnings,
      ...warnOfDrop(settings, around),
      ...warnOfAnnounce(settings),
      ...warnOfRepair(settings),
      ...warnOfPathMaps(notify, mountpoint),
    ],
    mountpoint,
    stateDir,
    accounts,
    links: settings.links.map((link, index) => absolute(link, ['links', index])),
    identify: settings.identify,
    tree: settings.tree,
    cache: {
      dir: optional(cache.dir, ['cache', 'dir']) ?? around.places.cacheDir,
      maxSizeBytes: cache.maxSize,
      memoryBytes: cache.memory,
      pinnedShare: cache.pinned,
    },
    sync: { intervalMs: settings.sync.interval, confirmAfterMs: settings.sync.confirmAfter },
    read: { patienceMs: settings.read.patience },
    mount: {
      allowOther: mount.allowOther,
      uid,
      gid,
      umask: mount.umask,
      binding: mount.binding,
      announce: mount.announce,
      dropTo: mount.dropPrivileges && around.uid === 0 ? { uid, gid } : null,
      attrTimeoutMs: mount.attrTimeout,
    },
    server: settings.server,
    notify,
    log: settings.log,
    overrides: optional(settings.overrides, ['overrides']) ?? join(stateDir, 'overrides.yaml'),
    folders: settings.folders,
    bwlimitBytesPerSecond: settings.bwlimit,
  };
}

/** Who is not root has no rights to give up. */
function warnOfDrop({ mount }: Settings, { uid }: Surroundings): string[] {
  if (!mount.dropPrivileges || uid === 0) return [];
  return [
    `mount.dropPrivileges has no effect: debridfs was not started as root, and works as user ${uid} from start to end.`,
  ];
}

/** libfuse2 has no way to tell of changes. */
function warnOfAnnounce({ mount }: Settings): string[] {
  if (!mount.announce || mount.binding !== 'fuse-native') return [];
  return ['`mount.announce` has no effect with `mount.binding: fuse-native`. Leave one of them out.'];
}

/** Links of other services are made anew at every request, or live as long as their item. */
function warnOfRepair({ accounts }: Settings): string[] {
  return accounts
    .filter(({ repair, service }) => repair && service !== 'real-debrid')
    .map(({ name }) => `\`repair\` of account "${name}" has no effect: only links of Real-Debrid age out.`);
}
