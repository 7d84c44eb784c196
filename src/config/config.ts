import type { AccountName, ServiceName } from '../core/account.js';
import type { FolderRule } from '../library/folder-rules.js';
import type { ListenAddress } from '../server/listen-address.js';
import type { Secret } from './secret.js';

/** The configuration, complete: defaults filled in, paths absolute, units in the names. Nothing changes it. */
export interface Config {
  /** The file it was read from, or null. */
  readonly file: string | null;
  /** Sentences for the user: what is suspicious but no error. */
  readonly warnings: readonly string[];
  /** Null where none was given. */
  readonly mountpoint: string | null;
  readonly stateDir: string;
  readonly accounts: readonly AccountConfig[];
  /** Files with hoster links of one's own. */
  readonly links: readonly string[];
  readonly identify: { readonly nekobt: NekobtConfig };
  readonly tree: TreeConfig;
  readonly cache: CacheConfig;
  readonly sync: SyncConfig;
  readonly read: ReadConfig;
  readonly mount: MountConfig;
  readonly server: ServerConfig;
  readonly notify: readonly NotifyConfig[];
  readonly log: LogConfig;
  /** File with what the user says above all guessing. It need not exist. */
  readonly overrides: string;
  readonly folders: readonly FolderRule[];
  /** For all downloads together, in bytes a second; null: none. */
  readonly bwlimitBytesPerSecond: number | null;
}

export interface AccountConfig {
  readonly name: AccountName;
  readonly service: ServiceName;
  /** As it was when the configuration was read; null where there was none, or the command does not need it. */
  readonly token: Secret | null;
  /** The file that it is kept in, and that may hold another at any time; null where it is written in the configuration. */
  readonly keptIn: string | null;
  /** What stands before the documented path, without a slash at its end. */
  readonly apiUrl: string;
  /** For the account's API and downloads. May hold a password. */
  readonly proxy: Secret | null;
  /** Whether aged-out items may be renewed by adding them again. */
  readonly repair: boolean;
  /** Whether the service's history is shown too. */
  readonly history: boolean;
}

export interface NekobtConfig {
  readonly enabled: boolean;
  readonly apiUrl: string;
  readonly apiKey: Secret | null;
}

export interface TreeConfig {
  readonly anime: 'shows' | 'separate';
  readonly versions: 'all' | 'best';
  readonly idTags: 'plex' | 'jellyfin' | 'both' | 'none';
}

export interface CacheConfig {
  /** For cached bytes, and nothing else. */
  readonly dir: string;
  readonly maxSizeBytes: number;
  readonly memoryBytes: number;
  /** Share of `maxSizeBytes` for pinned data, 0 to 1. */
  readonly pinnedShare: number;
}

export interface SyncConfig {
  readonly intervalMs: number;
  /** How much later a second listing must agree before a large loss is believed. */
  readonly confirmAfterMs: number;
}

export interface ReadConfig {
  /** How long a reader waits for trouble to pass. */
  readonly patienceMs: number;
}

export interface MountConfig {
  readonly allowOther: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly umask: number;
  readonly binding: 'auto' | 'kernel' | 'fuse-native';
  /** Whether watchers of the mount are told of changes. */
  readonly announce: boolean;
  /** Whom the process becomes once it has mounted; null: it stays who it is. */
  readonly dropTo: { readonly uid: number; readonly gid: number } | null;
  /** Null: what suits the binding. */
  readonly attrTimeoutMs: number | null;
}

export interface ServerConfig {
  /** Null: no HTTP server. */
  readonly listen: ListenAddress | null;
  readonly password: Secret | null;
}

export interface NotifyConfig {
  readonly kind: 'plex' | 'jellyfin' | 'emby' | 'kodi' | 'webhook' | 'command';
  readonly url: Secret | null;
  readonly token: Secret | null;
  readonly command: readonly string[];
  /** Path here → path as the target sees it. */
  readonly pathMap: Readonly<Record<string, string>>;
}

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'auto' | 'human' | 'json';
}
