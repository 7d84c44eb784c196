import { jsonObject } from '../json-body.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { StandInContext } from '../stand-in.js';
import type { WorldLink } from '../world.js';
import type { StoragePortalKnobs } from './knobs.js';
import type { PaidLinks } from './paid-links.js';
import type { Platforms } from './platforms.js';
import { refused, success } from './replies.js';
import { linkFacts, trafficLeft } from './shapes.js';
import type { Account } from './state.js';

const dayMs = 24 * 3_600_000;

/** The parts of the stand-in that its endpoints work on. */
export interface StoragePortalParts {
  readonly context: StandInContext;
  readonly knobs: StoragePortalKnobs;
  readonly platforms: Platforms;
  readonly paid: PaidLinks;
}

/** Pays for a link, unless the account has a valid one for the URL: then that is told again, for nothing. */
export function unrestrict(parts: StoragePortalParts, account: Account, request: ReceivedRequest): Reply {
  const { context, knobs, platforms, paid } = parts;
  const { url, password } = readBody(request);
  const platform = platforms.of(url);
  if (platform === null) throw refused(101);
  if (knobs.refusal !== null) throw refused(knobs.refusal);
  const hostDomain = new URL(url).hostname.replace(/^www\./, '');
  const existing = paid.existing(account, url);
  if (existing !== undefined)
    return success({ ...linkFacts(existing, paid), hostDomain, reusedExisting: true });
  if (!platforms.isWorking(url)) throw refused(105);
  const link = context.links.link(url);
  if (link === undefined) throw refused(104);
  if (link.password !== null && link.password !== password) throw refused(password === null ? 109 : 110);
  checkLimits(parts, account, platform, link);
  const bought = paid.buy(account, link);
  const reply = success({ ...linkFacts(bought, paid, 'pending'), hostDomain, reusedExisting: false });
  return { ...reply, charged: true };
}

function readBody(request: ReceivedRequest): { readonly url: string; readonly password: string | null } {
  // A body that is not said to be JSON is not read (a choice, as frameworks do).
  const isJson = request.headers['content-type']?.startsWith('application/json') === true;
  const body = isJson ? jsonObject(request.body) : null;
  const url = body?.['url'];
  const password = body?.['password'] ?? null;
  if (typeof url !== 'string' || !URL.canParse(url)) throw refused(900);
  if (password !== null && typeof password !== 'string') throw refused(900);
  return { url, password };
}

function checkLimits(
  { context, knobs, platforms, paid }: StoragePortalParts,
  account: Account,
  platform: string,
  { file }: WorldLink,
): void {
  const onPlatform = account.links.filter(({ link }) => platforms.of(link.url) === platform);
  const underWay = onPlatform.filter((each) => ['pending', 'downloading'].includes(paid.status(each)));
  if (underWay.length >= knobs.maxDownloads) throw refused(55);
  const nowMs = context.clock.now();
  const ofToday = onPlatform.filter(({ bornMs }) => nowMs - bornMs < dayMs);
  const usedToday = ofToday.reduce((sum, { link }) => sum + link.file.size, 0);
  if (usedToday + file.size > knobs.dailyBytes) {
    const freeMs = (ofToday[0]?.bornMs ?? nowMs) + dayMs - nowMs;
    throw refused(54, Math.ceil(freeMs / 1000));
  }
  if (trafficLeft(account, knobs) < file.size) throw refused(52);
}
