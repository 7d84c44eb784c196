import { request } from 'undici';
import type { AccountCondition } from '../../src/core/account.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { heldAtFirst, type EmulatedAccounts, type EmulatedName } from '../support/emulated-accounts.js';

/** What `status` says of the account: its condition and a sentence, or `held` and why. */
type Said = readonly [condition: AccountCondition | 'held', sentence: RegExp];

export interface Trouble {
  readonly action: FaultAction | ((accounts: EmulatedAccounts) => Promise<FaultAction>);
  readonly path?: RegExp;
  /** Of all accounts, or of each. */
  readonly said: Said | Readonly<Record<EmulatedName, Said>>;
  /** After how many rounds it is said, where not after one. */
  readonly rounds?: Partial<Record<EmulatedName, number>>;
  /** What the service does from the start, before anything is wrong. */
  readonly always?: { readonly action: FaultAction; readonly path?: RegExp };
}

const status = (code: number, body = '', type = 'application/json', headers = {}): FaultAction => ({
  kind: 'status',
  code,
  body,
  headers: { 'Content-Type': type, ...headers },
});
const page = '<html><h1>Something is wrong</h1></html>';
const unusable: Said = ['unreachable', /gave an answer that cannot be used/];
const unexplained: Said = ['unreachable', /refused this without a known reason/];
/** Every fifth round asks for everything; between them AllDebrid tells changes, and Real-Debrid's first page may do. */
export const untilFull = 5;
const down: Said = ['unreachable', /has trouble of its own \(HTTP 50\d\)/];
const lacking = (lost: number, of = heldAtFirst): Said => [
  'held',
  new RegExp(`last listing lacked ${lost} of ${of} torrents, .* debridfs sync --accept (rd|ad|tb)$`),
];
const denied: Said = ['blocked', /denies this to account/];
export const silent: Said = ['ok', /has not answered whole for 90 s/];

/** What every service can do, by what the user would say. */
export const troubles: Readonly<Record<string, Trouble>> = {
  'refuses connections': { action: { kind: 'refuse' }, said: ['unreachable', /cannot be reached/] },
  'resets connections in the middle of an answer': {
    action: { kind: 'resetAfter', bytes: 20 },
    said: ['unreachable', /cannot be reached/],
  },
  'closes connections in the middle of an answer': {
    action: { kind: 'truncateAfter', bytes: 20 },
    said: ['unreachable', /cannot be reached/],
  },
  'has an error of its own': { action: status(500), said: down },
  'answers 502 with a web page': { action: status(502, page, 'text/html'), said: down },
  'answers 503': {
    action: status(503),
    said: { rd: down, ad: ['limited', /too many requests of account "ad", or is down/], tb: down },
  },
  'answers 429': { action: status(429), said: ['limited', /too many requests of account/] },
  'answers 429 and wants five minutes of peace': {
    action: status(429, '', 'text/plain', { 'Retry-After': '300' }),
    said: ['limited', /too many requests of account/],
  },
  'answers 401': { action: status(401), said: ['rejected', /does not accept the token of account/] },
  'answers 403 with a web page': {
    action: status(403, page, 'text/html'),
    said: ['blocked', /refuses this machine's address/],
  },
  'answers 403': {
    action: status(403),
    said: { rd: denied, ad: denied, tb: ['rejected', /does not accept the token of account "tb"/] },
  },
  'answers 404': { action: status(404), said: ['unreachable', /knows nothing under the address asked/] },
  'sends its client elsewhere': {
    action: { kind: 'redirect', code: 302, to: 'http://127.0.0.1:9/' },
    said: ['unreachable', /redirects account/],
  },
  'answers with a web page under 200': { action: { kind: 'html200' }, said: unusable },
  'answers with half a JSON': { action: { kind: 'malformedJson' }, said: unusable },
  'answers with nothing under 200': { action: { kind: 'emptyBody' }, said: unusable },
  'answers 204': { action: status(204), said: unusable },
  'answers null': { action: status(200, 'null'), said: unusable },
  'answers {}': { action: status(200, '{}'), said: { rd: unusable, ad: unexplained, tb: unexplained } },
  'answers []': { action: status(200, '[]'), said: unusable },
  'answers with values of wrong types': {
    action: { kind: 'wrongTypes' },
    said: {
      rd: ['unreachable', /Nothing in a list of account "rd" can be understood/],
      ad: unexplained,
      tb: ['unreachable', /Nothing in a list of account "tb" can be understood/],
    },
  },
  'tells an empty list': {
    action: { kind: 'shortenList', share: 0 },
    said: lacking(heldAtFirst),
    rounds: { ad: untilFull },
  },
  'tells a tenth of the list': {
    action: { kind: 'shortenList', share: 0.1 },
    said: lacking(heldAtFirst * 0.9),
    rounds: { ad: untilFull },
  },
  'does not answer': { action: { kind: 'hang' }, said: silent },
  'falls silent in the middle of an answer': {
    action: { kind: 'stallAfter', bytes: 20, ms: null },
    said: silent,
  },
  'is slow to answer': { action: { kind: 'delayHeaders', ms: 50 }, said: ['ok', /^$/] },
  'is slow in its answer': { action: { kind: 'throttle', bytesPerSecond: 200_000 }, said: ['ok', /^$/] },
};

const counting = (value: string): FaultAction => ({ kind: 'setHeader', name: 'X-Total-Count', value });
const json = (value: unknown): FaultAction => status(200, JSON.stringify(value));
/** Real-Debrid gives half of what it is asked for, so that there is a second page. */
const halfPages = {
  action: { kind: 'shortenList', share: 0.5, count: 'kept' },
  path: /\/torrents\?limit=\d+$/,
} as const;
const magnets = (data: object): FaultAction => json({ status: 'success', data });
const envelope = (code: string): FaultAction => json({ status: 'error', error: { code, message: 'No.' } });
const torBoxError = (error: string, code = 200): FaultAction =>
  status(code, JSON.stringify({ success: false, error, detail: 'No.', data: null }));

/** What only one of them can do. */
export const ownTroubles: Readonly<Record<EmulatedName, Readonly<Record<string, Trouble>>>> = {
  rd: {
    'fails at the second page': {
      always: halfPages,
      action: status(500),
      path: /offset=/,
      said: down,
      rounds: { rd: untilFull },
    },
    'does not answer at the second page': {
      always: halfPages,
      action: { kind: 'hang' },
      path: /offset=/,
      said: silent,
      rounds: { rd: 2 * untilFull },
    },
    'tells nothing on the second page': {
      always: halfPages,
      action: { kind: 'shortenList', share: 0, count: 'kept' },
      path: /offset=/,
      said: unusable,
      rounds: { rd: untilFull },
    },
    'tells the first page again instead of the second': {
      always: halfPages,
      action: async ({ emulator }) => {
        const headers = { authorization: 'Bearer rd' };
        const first = await request(`${emulator.urls.realDebrid}/rest/1.0/torrents?limit=5000`, { headers });
        const total = { 'X-Total-Count': String(heldAtFirst) };
        return status(200, await first.body.text(), 'application/json', total);
      },
      path: /offset=/,
      said: unusable,
      rounds: { rd: untilFull },
    },
    'tells an empty list and counts otherwise': {
      action: { kind: 'shortenList', share: 0, count: 'kept' },
      said: unusable,
    },
    'tells a tenth of the list and counts all': {
      action: { kind: 'shortenList', share: 0.1, count: 'kept' },
      said: unusable,
    },
    'counts none of what it tells': { action: counting('0'), said: unusable },
    'counts one more than it tells': { action: counting('51'), said: unusable },
    'counts a million': { action: counting('1000000'), said: unusable },
    'counts in words': {
      action: counting('many'),
      said: ['ok', /list of downloads is empty, but its count/],
    },
    'answers 204 and counts 0': {
      action: status(204, '', 'application/json', { 'X-Total-Count': '0' }),
      said: lacking(heldAtFirst),
    },
  },
  ad: {
    'rejects the key under 200': {
      action: envelope('AUTH_BAD_APIKEY'),
      said: ['rejected', /does not accept the token/],
    },
    'wants a new place confirmed under 200': {
      action: envelope('AUTH_BLOCKED'),
      said: ['blocked', /follow the link in its mail/],
    },
    'is in maintenance under 200': {
      action: envelope('MAINTENANCE'),
      said: ['unreachable', /in maintenance/],
    },
    'has an error under 200': { action: envelope('GENERIC'), said: ['unreachable', /error of its own/] },
    'has an error that nobody knows under 200': { action: envelope('NEVER_SEEN'), said: unexplained },
    'begins anew with nothing': {
      action: magnets({ magnets: [], counter: 1, fullsync: true }),
      said: lacking(heldAtFirst),
    },
    'has lost count and tells no more than changes': {
      action: magnets({ magnets: [], fullsync: false }),
      said: unusable,
      rounds: { ad: 2 },
    },
    'tells magnets that are no list': {
      action: magnets({ magnets: 'none', fullsync: true }),
      said: unusable,
    },
    'tells no magnets at all': { action: magnets({ counter: 2 }), said: unusable },
  },
  tb: {
    'has an error under 200': { action: torBoxError('DATABASE_ERROR'), said: ['unreachable', /./] },
    'rejects the token under 200': {
      action: torBoxError('BAD_TOKEN'),
      said: ['rejected', /does not accept the token/],
    },
    'has an error that nobody knows under 200': { action: torBoxError('NEVER_SEEN'), said: unexplained },
    'says that there is no list': {
      action: torBoxError('ITEM_NOT_FOUND', 404),
      path: /torrents\/mylist/,
      said: lacking(heldAtFirst),
    },
    'tells null for a list': {
      action: json({ success: true, error: null, detail: 'Well.', data: null }),
      path: /torrents\/mylist/,
      said: lacking(heldAtFirst),
    },
    'tells a list that is none': {
      action: json({ success: true, error: null, detail: '', data: {} }),
      said: unusable,
    },
    'fails at the second page': { action: status(500), path: /offset=[1-9]/, said: down },
    'tells nothing on the second page': {
      action: { kind: 'shortenList', share: 0 },
      path: /offset=[1-9]/,
      said: ['ok', /^$/],
    },
    'fails at one of its lists': { action: status(500), path: /webdl/, said: down },
    'does not answer for one of its lists': { action: { kind: 'hang' }, path: /webdl/, said: silent },
  },
};
