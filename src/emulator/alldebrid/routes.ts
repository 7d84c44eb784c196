import { readForm } from '../form.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { Route } from '../router.js';
import type { StandInContext } from '../stand-in.js';
import type { Downloads } from './downloads.js';
import type { LinksAtHosters } from './links-at-hosters.js';
import type { WorldLink } from '../world.js';
import type { AllDebridKnobs } from './knobs.js';
import { liveStatus } from './live-mode.js';
import type { Magnets } from './magnets.js';
import type { Pins } from './pins.js';
import type { Verifications } from './verifications.js';
import { errorBody, refused, success } from './replies.js';
import { fileTree, magnetStatus, user } from './shapes.js';
import { isActive, type Account, type Download, type Magnet } from './state.js';

/** Ids that one request for files may name (a choice; the limit is unpublished). */
const maxIds = 100;

/** A link that is being made. */
export interface DelayedLink {
  readonly download: Download;
  readonly readyMs: number;
}

/** The parts of the stand-in that its endpoints work on. */
export interface AllDebridParts {
  readonly context: StandInContext;
  readonly knobs: AllDebridKnobs;
  readonly magnets: Magnets;
  readonly downloads: Downloads;
  readonly pins: Pins;
  readonly verifications: Verifications;
  /** By delayed id. */
  readonly delayed: Map<number, DelayedLink>;
  readonly hosterLinks: LinksAtHosters;
  /** Videos that were unlocked and wait for the choice of a quality, by generation id. */
  readonly generations: Map<string, WorldLink>;
}

/** The endpoints without a key. Paths without `/v4` or `/v4.1`, GET or POST alike. */
export function publicRoutes({ pins, verifications }: AllDebridParts): readonly Route<null>[] {
  return [
    { method: '*', path: /^\/ping$/, serve: () => success({ ping: 'pong' }) },
    { method: '*', path: /^\/pin\/get$/, serve: () => success(pins.get()) },
    {
      method: '*',
      path: /^\/pin\/check$/,
      serve: (_none, request) => {
        const form = readForm(request);
        const state = pins.check(form.value('pin') ?? '', form.value('check') ?? '');
        if (state === 'invalid') throw refused('PIN_INVALID');
        if (state === 'expired') throw refused('PIN_EXPIRED');
        return success(state);
      },
    },
    {
      method: '*',
      path: /^\/user\/verif$/,
      serve: (_none, request) => {
        const status = verifications.status(readForm(request).value('token') ?? '');
        if (status === 'unknown') throw refused('PIN_EXPIRED');
        return success(status);
      },
    },
    {
      method: '*',
      path: /^\/user\/verif\/resend$/,
      serve: (_none, request) => {
        const sent = verifications.resend(readForm(request).value('token') ?? '');
        if (sent === 'unknown') throw refused('PIN_EXPIRED');
        if (sent === 'sent already') throw refused('ALREADY_SENT');
        return success(sent);
      },
    },
  ];
}

/** The endpoints that leave the account as it is. */
export function readRoutes(parts: AllDebridParts): readonly Route<Account>[] {
  const { context, knobs } = parts;
  return [
    {
      method: '*',
      path: /^\/user$/,
      serve: (account) => success({ user: user(account, knobs, context.clock.now()) }),
    },
    {
      method: '*',
      path: /^\/magnet\/status$/,
      serve: (account, request) => status(parts, account, request),
    },
    { method: '*', path: /^\/magnet\/files$/, serve: (account, request) => files(parts, account, request) },
    { method: '*', path: /^\/link\/delayed$/, serve: (_account, request) => delayed(parts, request) },
  ];
}

/** Everything newest first (a choice), one magnet, or what is new to a session. */
function status({ knobs }: AllDebridParts, account: Account, request: ReceivedRequest): Reply {
  const form = readForm(request);
  const id = form.value('id');
  const withFiles = (magnet: Magnet): object => ({ ...magnetStatus(magnet), files: fileTree(magnet, knobs) });
  if (id !== undefined) {
    const magnet = account.magnets.get(Number(id));
    if (magnet === undefined) throw refused('MAGNET_INVALID_ID');
    return success({ magnets: withFiles(magnet) });
  }
  const filter = form.value('status');
  const magnets = [...account.magnets.values()]
    .filter((magnet) => filter === undefined || isStatus(magnet, filter))
    .sort((a, b) => b.id - a.id);
  const shape = knobs.listFiles ? withFiles : magnetStatus;
  const inForm = (told: readonly object[]): object =>
    knobs.asMap ? Object.fromEntries(told.entries()) : told;
  const session = form.value('session');
  if (session === undefined) return success({ magnets: inForm(magnets.map(shape)) });
  const live = liveStatus(account, magnets, session, Number(form.value('counter') ?? 0), shape);
  return success({ ...live, magnets: inForm(live.magnets) });
}

function isStatus(magnet: Magnet, filter: string): boolean {
  switch (filter) {
    case 'active':
      return isActive(magnet);
    case 'ready':
      return magnet.statusCode === 4;
    case 'expired':
      return magnet.statusCode === 11;
    case 'error':
      return magnet.statusCode >= 5 && magnet.statusCode !== 11;
    default:
      return true;
  }
}

/** Trees of several magnets; ids are strings here, and what is unknown is an error of its own. */
function files({ knobs }: AllDebridParts, account: Account, request: ReceivedRequest): Reply {
  const ids = readForm(request).list('id');
  if (ids.length > maxIds) throw refused('GENERIC');
  if (ids.length === 0) throw refused('MAGNET_INVALID_ID');
  const magnets = ids.map((id) => {
    const magnet = account.magnets.get(Number(id));
    return magnet === undefined
      ? { id, error: errorBody('MAGNET_INVALID_ID') }
      : { id, files: fileTree(magnet, knobs) };
  });
  return success({ magnets });
}

function delayed({ context, knobs, delayed: waiting }: AllDebridParts, request: ReceivedRequest): Reply {
  if (knobs.serverIp) throw refused('NO_SERVER');
  const found = waiting.get(Number(readForm(request).value('id')));
  if (found === undefined) throw refused('DELAYED_INVALID_ID');
  const secondsLeft = Math.max(0, Math.ceil((found.readyMs - context.clock.now()) / 1000));
  if (secondsLeft > 0) return success({ status: 1, time_left: secondsLeft });
  return success({ status: 2, time_left: 0, link: found.download.url });
}
