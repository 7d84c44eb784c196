import type { ErrorCode } from '../core/errors.js';
import type { Observation } from './observation.js';

/** What else bears on it. */
export interface Situation {
  /** Failures of this source in a row before this one, since it last gave a whole block. */
  readonly failures: number;
  /** The link was already replaced because of trouble, and has not given a block since. */
  readonly renewed: boolean;
  /** How often in a row the source, or its account, was left before this. */
  readonly strikes: number;
  /** Whether another account can be asked for the file now. */
  readonly hasOther: boolean;
  /** Age of the link when the host answered, in milliseconds. */
  readonly linkAgeMs: number;
  /** Below which age a good link may be refused, in milliseconds. */
  readonly settleMs: number;
}

/** What failed, for the reader: a code and a sentence in which `{host}` and `{account}` stand for their names. */
interface Blame {
  readonly code: ErrorCode;
  readonly sentence: string;
}

/** What a failure says something about. */
type Scope = 'source' | 'account';

export type Verdict = Blame &
  (
    | { readonly action: 'retry'; readonly pauseMs: number }
    /** Ask the account for a new link, then go on. */
    | { readonly action: 'relink' }
    /**
     * Leave the source, or its whole account, alone for `pauseMs`. `lasting`: no reader should wait for it; else it is
     * worth waiting for where there is no other.
     */
    | {
        readonly action: 'leave';
        readonly lasting: boolean;
        readonly scope: Scope;
        readonly pauseMs: number;
      }
  );

interface Row extends Blame {
  /** Pauses before trying the same link again, in milliseconds, for the first failures in a row. */
  readonly retriesMs: readonly number[];
  /** Whether each of these costs a reader so long that another account is asked first where there is one. */
  readonly isSlow?: true;
  /** Whether a new link may help, once. */
  readonly relink: boolean;
  readonly leave: {
    readonly lasting: boolean;
    readonly scope: Scope;
    /** Doubled for each strike, up to `maxPauseMs`. */
    readonly pauseMs: number;
    readonly maxPauseMs: number;
  };
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Short enough for several tries within a reader's patience (60 s by default). */
const passing = { lasting: false, scope: 'source', pauseMs: 10_000, maxPauseMs: minuteMs } as const;
/** The same after a fresh link: it is not asked for again by every reader that comes along. */
const dead = { lasting: true, scope: 'source', pauseMs: 15 * minuteMs, maxPauseMs: dayMs } as const;

const rows = {
  unreachable: {
    code: 'network',
    sentence: '{host}, a file host of account "{account}", cannot be reached.',
    retriesMs: [200, 1_000],
    relink: true,
    leave: passing,
  },
  silent: {
    code: 'timeout',
    sentence: '{host}, a file host of account "{account}", does not answer.',
    retriesMs: [200],
    isSlow: true,
    relink: true,
    leave: passing,
  },
  stalled: {
    code: 'timeout',
    sentence: '{host}, a file host of account "{account}", stopped sending.',
    retriesMs: [0],
    isSlow: true,
    relink: true,
    leave: passing,
  },
  cut: {
    code: 'network',
    sentence: '{host}, a file host of account "{account}", keeps breaking off.',
    retriesMs: [0, 200, 1_000],
    relink: true,
    leave: passing,
  },
  // A TorBox link is refused for its first moments (observed); its age ends this row by itself.
  unsettled: {
    code: 'link-dead',
    sentence: '{host}, a file host of account "{account}", does not know its new link yet.',
    retriesMs: [150, 300, 600, 1_000, 1_000, 1_000, 1_000, 1_000],
    relink: true,
    leave: passing,
  },
  gone: {
    code: 'content-gone',
    sentence:
      '{host}, a file host of account "{account}", does not have the file, also under a new link. Add its torrent again, or another release.',
    retriesMs: [],
    relink: true,
    leave: dead,
  },
  denied: {
    code: 'account-blocked',
    sentence: '{host}, a file host of account "{account}", denies access to the file.',
    retriesMs: [1_000],
    relink: true,
    leave: { ...dead, pauseMs: 5 * minuteMs },
  },
  address: {
    code: 'address-refused',
    sentence:
      '{host} refuses this machine\'s address for links of account "{account}". Set its `proxy`, or remove it.',
    retriesMs: [],
    relink: true,
    leave: { lasting: true, scope: 'account', pauseMs: minuteMs, maxPauseMs: 10 * minuteMs },
  },
  // New links would only be more requests from an address that is being watched.
  edge: {
    code: 'address-refused',
    sentence: 'The guard before {host} turns this machine away from the files of account "{account}".',
    retriesMs: [],
    relink: false,
    leave: { lasting: false, scope: 'account', pauseMs: minuteMs, maxPauseMs: 10 * minuteMs },
  },
  busy: {
    code: 'rate-limited',
    sentence: '{host} received too many requests of account "{account}".',
    retriesMs: [],
    relink: false,
    leave: { lasting: false, scope: 'account', pauseMs: 2_000, maxPauseMs: minuteMs },
  },
  // The hour is ours: when a service counts anew is not documented, and asking then costs one request.
  quota: {
    code: 'quota-used-up',
    sentence: 'Account "{account}" has used up what {host} lets it download. It is tried again every hour.',
    retriesMs: [],
    relink: false,
    leave: { lasting: true, scope: 'account', pauseMs: 60 * minuteMs, maxPauseMs: 60 * minuteMs },
  },
  trouble: {
    code: 'service-down',
    sentence: '{host}, a file host of account "{account}", has trouble of its own.',
    retriesMs: [1_000, 2_000, 4_000],
    relink: true,
    leave: passing,
  },
  wrong: {
    code: 'wrong-bytes',
    sentence: '{host}, a file host of account "{account}", answers with other bytes than were asked for.',
    retriesMs: [],
    relink: true,
    leave: dead,
  },
  size: {
    code: 'wrong-bytes',
    sentence:
      '{host}, a file host of account "{account}", has the file in another size. Where a line of a links file says size=, correct it or take it out.',
    retriesMs: [],
    relink: true,
    leave: dead,
  },
  page: {
    code: 'bad-answer',
    sentence: '{host}, a file host of account "{account}", answers with a web page instead of the file.',
    retriesMs: [],
    relink: true,
    leave: passing,
  },
  unusable: {
    code: 'bad-answer',
    sentence: '{host}, a file host of account "{account}", gives an answer that cannot be used.',
    retriesMs: [],
    relink: true,
    leave: dead,
  },
  // Soon again: in an outage some routers give their own address for every name.
  private: {
    code: 'bad-answer',
    sentence:
      '{host}, a file host of account "{account}", leads into a private network, where an API on the internet may send nobody.',
    retriesMs: [],
    relink: true,
    leave: { ...dead, pauseMs: minuteMs, maxPauseMs: 15 * minuteMs },
  },
  // It may be damaged, or not there in full yet.
  volume: {
    code: 'wrong-bytes',
    sentence:
      'A volume of the archive at account "{account}" is damaged, or is not the one that it should be.',
    retriesMs: [],
    relink: true,
    leave: passing,
  },
  withheld: {
    code: 'content-gone',
    sentence:
      '{host}, a file host of account "{account}", withholds the file for legal reasons. Add another release.',
    retriesMs: [],
    relink: false,
    leave: { ...dead, pauseMs: dayMs },
  },
  mismatch: {
    code: 'wrong-bytes',
    sentence: 'Account "{account}" holds another file under the same name and size.',
    retriesMs: [],
    relink: false,
    leave: { ...dead, pauseMs: dayMs },
  },
} as const satisfies Record<string, Row>;

/** A link settles about a second after its birth; refusals are put down to that for this much longer (observed, TorBox). */
const settleSlackMs = 4_000;

type RowName = keyof typeof rows;

/** Whether it says something about the host, whatever is asked of it. */
export function blamesHost(seen: Observation): boolean {
  if (seen.kind === 'status') return seen.status >= 500 && seen.status !== 509 && seen.reason === '';
  return seen.kind === 'unreachable' || seen.kind === 'silent';
}

/** What is to be done about what was seen. */
export function verdictOn(seen: Observation, situation: Situation): Verdict {
  const name = rowOf(seen, situation);
  const { code, sentence, retriesMs, isSlow, relink, leave }: Row = rows[name];
  const pauseMs = retriesMs[situation.failures];
  const isLeft = isSlow === true && situation.hasOther;
  if (!isLeft && pauseMs !== undefined) return { code, sentence, action: 'retry', pauseMs };
  if (!isLeft && relink && !situation.renewed) return { code, sentence, action: 'relink' };
  const { lasting, scope } = leave;
  const ownMs = Math.min(leave.maxPauseMs, leave.pauseMs * 2 ** Math.min(situation.strikes, 30));
  const askedMs = seen.kind === 'status' ? (seen.retryAfterMs ?? 0) : 0;
  return { code, sentence, action: 'leave', lasting, scope, pauseMs: Math.max(ownMs, askedMs) };
}

function rowOf(seen: Observation, situation: Situation): RowName {
  switch (seen.kind) {
    case 'unreachable':
    case 'silent':
    case 'stalled':
    case 'cut':
    case 'page':
    case 'mismatch':
      return seen.kind;
    case 'garbled':
      return 'cut';
    case 'empty':
      return 'trouble';
    case 'wrong-size':
      return 'size';
    case 'wrong-range':
    case 'wrong-length':
    case 'range-ignored':
    case 'overlong':
      return 'wrong';
    case 'out-of-reach':
      return 'private';
    case 'wrong-volume':
      return 'volume';
    case 'encoded':
    case 'bad-redirect':
      return 'unusable';
    case 'status':
      return rowOfStatus(seen, situation);
  }
}

type StatusSeen = Extract<Observation, { readonly kind: 'status' }>;

/** Reasons that Real-Debrid's file hosts give in the header `X-Error` (observed, 2026-11). */
const reasons: Readonly<Record<string, RowName>> = {
  bytes_limit_reached: 'quota',
  bandwidth_exceeded: 'quota',
  quota_exceeded: 'quota',
  daily_limit_exceeded: 'quota',
  invalid_download_code: 'gone',
  link_not_found: 'gone',
  link_expired: 'gone',
  file_unavailable: 'gone',
  file_not_available: 'gone',
  too_many_attempts: 'busy',
  failed_generation: 'trouble',
  read_pxy_timeout: 'trouble',
};

function rowOfStatus(seen: StatusSeen, { linkAgeMs, settleMs }: Situation): RowName {
  const told = Object.hasOwn(reasons, seen.reason) ? reasons[seen.reason] : undefined;
  if (told !== undefined) return told;
  // What AllDebrid's file hosts say under several statuses (observed, 2026-11).
  if (/rate.?limit|too many (chunks|connections|requests)/.test(seen.text)) return 'busy';
  if (seen.text.includes('range not ok')) return 'wrong';
  switch (seen.status) {
    case 400:
      return settleMs > 0 && linkAgeMs < settleMs + settleSlackMs ? 'unsettled' : 'gone';
    case 404:
    case 410:
      return 'gone';
    case 401:
    case 403:
      if (seen.guarded) return 'edge';
      return /server not allowed|current ip ad/.test(seen.text) ? 'address' : 'denied';
    case 408:
      return 'trouble';
    case 416:
      return 'wrong';
    case 429:
      return 'busy';
    case 451:
      return 'withheld';
    case 503:
      return seen.retryAfterMs === null ? 'trouble' : 'busy';
    case 509:
      return 'quota';
    default:
      if (seen.status >= 500) return 'trouble';
      return seen.page ? 'page' : 'unusable';
  }
}
