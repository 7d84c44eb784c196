import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { withoutLogin } from './address.js';
import { Command } from './command.js';
import { Kodi } from './kodi.js';
import { MediaBrowser } from './media-browser.js';
import { Plex } from './plex.js';
import type { Target } from './target.js';
import { Webhook } from './webhook.js';

export type TargetKind = 'plex' | 'jellyfin' | 'emby' | 'kodi' | 'webhook' | 'command';

/** A target as configured, its secrets bare. */
export interface TargetSettings {
  readonly kind: TargetKind;
  /** Null only for a command. May hold a password. */
  readonly url: string | null;
  readonly token: string | null;
  readonly command: readonly string[];
  /** Folder here → folder as the target sees it. */
  readonly pathMap: Readonly<Record<string, string>>;
}

/**
 * Makes a target, which asks nobody before it is told something.
 * @returns it, and a key under which it is known again after a restart. Token and login are not in it: nobody can guess them by it, and
 * where they are corrected it is still the same target. So several may have the same key.
 * @throws {AppError} `config` when something is missing.
 */
export function createTarget(
  settings: TargetSettings,
  clock: Clock,
  logger: Logger,
): { readonly key: string; readonly target: Target } {
  const url = settings.url === null ? null : withoutLogin(settings.url);
  const told = JSON.stringify([url, settings.command, settings.pathMap]);
  const key = `${settings.kind}-${createHash('sha256').update(told).digest('hex').slice(0, 16)}`;
  return { key, target: targetOf(settings, clock, logger) };
}

/** The kind of the target that has a key. */
export function kindOf(key: string): string {
  return key.slice(0, key.indexOf('-'));
}

function targetOf({ kind, url, token, command }: TargetSettings, clock: Clock, logger: Logger): Target {
  if (kind === 'command') {
    const [program, ...words] = command;
    if (program === undefined) throw new AppError('config', 'A `notify` command needs its program.');
    return new Command(program, words);
  }
  if (url === null || !URL.canParse(url)) throw new AppError('config', `A \`notify\` target needs its url.`);
  const address = new URL(url);
  switch (kind) {
    case 'plex':
      return new Plex(address, needed(kind, token), clock, logger);
    case 'jellyfin':
    case 'emby':
      return new MediaBrowser(kind, address, needed(kind, token));
    case 'kodi':
      return new Kodi(address, clock);
    case 'webhook':
      return new Webhook(address, token);
  }
}

function needed(kind: TargetKind, token: string | null): string {
  if (token === null) throw new AppError('config', `A \`notify\` target of kind ${kind} needs its token.`);
  return token;
}
