import { baseName } from '../known-torrents.js';
import type { StoragePortalKnobs } from './knobs.js';
import type { PaidLinks } from './paid-links.js';
import { maxChunks } from './platforms.js';
import type { Account, PaidLink } from './state.js';

/** What is told of a link, when it is made and when it is asked for. */
export function linkFacts(paidLink: PaidLink, paid: PaidLinks, status = paid.status(paidLink)): object {
  const { id, link } = paidLink;
  const isReady = status === 'done';
  return {
    linkId: id,
    download_ready: isReady,
    remote_status: status,
    link: isReady ? paid.urlOf(paidLink) : null,
    filename: baseName(link.file.path),
    filesize: String(link.file.size),
    maxchunks: maxChunks,
    resumable: true,
    poll_after_seconds: status === 'error' ? 60 : 2,
  };
}

export function accountFacts(account: Account, knobs: StoragePortalKnobs): object {
  const trafficmax = account.premium ? knobs.trafficBytes : 0;
  const daily = knobs.trafficmaxQuirk ? { traffic24h_used: 0 } : { trafficmax_daily: knobs.dailyBytes };
  return {
    accountType: account.premium ? 'premium' : 'free',
    trafficleft: trafficLeft(account, knobs),
    trafficmax,
    ...daily,
    timeleft: null,
    login_check_interval: 1_800_000,
  };
}

export function trafficLeft(account: Account, knobs: StoragePortalKnobs): number {
  return account.premium ? Math.max(0, knobs.trafficBytes - account.trafficUsed) : 0;
}
