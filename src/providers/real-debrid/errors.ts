/** Real-Debrid's refusals: every numeric code of its API documentation (read 2026-11) and what it means here. */
import { asNumber, asObject, asText } from '../decode.js';
import type { Dialect, Refusal } from '../account-api.js';
import { failure, tokenRejected, type Failure, type FailureTable } from '../failure.js';
import type { HttpAnswer } from '../json-client.js';

const service = 'Real-Debrid';

const rejected = tokenRejected(service);
const adding = (what: string): Failure =>
  failure('invalid', 'never', `Real-Debrid cannot add this: ${what}.`);
const ourMistake = (what: string): Failure =>
  failure('internal', 'never', `Real-Debrid could not make sense of a request of debridfs: ${what}.`);
const tooMany = failure(
  'rate-limited',
  'wait',
  'Real-Debrid received too many requests of account "{account}"; debridfs waits before it asks again.',
);

/** By numeric code. */
export const realDebridFailures: FailureTable = {
  '-1': failure('service-down', 'wait', 'Real-Debrid has an internal error.'),
  '1': ourMistake('a parameter is missing'),
  '2': ourMistake('a parameter has a bad value'),
  '3': failure(
    'bad-answer',
    'never',
    'Real-Debrid does not know this method. Check `apiUrl` of account "{account}".',
  ),
  '4': ourMistake('the method is not allowed'),
  '5': tooMany,
  '6': failure('service-down', 'wait', 'Real-Debrid cannot reach what was asked for.'),
  '7': failure('item-gone', 'other-source', 'Real-Debrid does not hold this any more.'),
  '8': rejected,
  '9': failure(
    'not-premium',
    'other-source',
    'Real-Debrid denies this to account "{account}": it is not premium, or its token lacks the right. Renew it, or put a token from https://real-debrid.com/apitoken into its `token`.',
  ),
  '10': failure(
    'account-blocked',
    'other-source',
    'Real-Debrid wants account "{account}" to log in with two factors. Do that on its web site, and put a current token into its `token`.',
  ),
  '11': failure(
    'account-blocked',
    'other-source',
    'Real-Debrid waits for the second factor of account "{account}". Confirm it on its web site.',
  ),
  '12': rejected,
  '13': rejected,
  '14': failure(
    'account-blocked',
    'other-source',
    'Real-Debrid has locked account "{account}". Write to its support.',
  ),
  '15': failure(
    'account-blocked',
    'other-source',
    'Account "{account}" is not activated. Follow the link in Real-Debrid\'s mail.',
  ),
  '16': failure('link-dead', 'other-source', 'Real-Debrid does not support the host of this link.'),
  '17': failure('service-down', 'other-source', 'The host of this link is in maintenance at Real-Debrid.'),
  '18': failure(
    'host-limited',
    'other-source',
    'Account "{account}" has reached its limit for the host of this link at Real-Debrid. Wait until it is counted anew.',
  ),
  '19': failure(
    'link-aged',
    'other-source',
    'This link has aged out at Real-Debrid; the torrent must be added again to get a new one.',
  ),
  '20': failure(
    'not-premium',
    'other-source',
    'Account "{account}" is not premium, so Real-Debrid makes no link. Renew it there.',
  ),
  '21': failure(
    'quota-used-up',
    'other-source',
    'Account "{account}" has too many active downloads at Real-Debrid. Wait until some are done, or remove some.',
  ),
  '22': failure(
    'address-refused',
    'other-source',
    'Real-Debrid refuses this machine\'s address (a data centre or a VPN). Set `proxy` of account "{account}".',
  ),
  '23': failure(
    'quota-used-up',
    'other-source',
    'The traffic of account "{account}" is used up at Real-Debrid. Wait for the next day, or buy more there.',
  ),
  '24': failure(
    'content-gone',
    'other-source',
    'Real-Debrid does not hold the content of this file any more. Add its torrent again, or another release.',
  ),
  '25': failure('service-down', 'wait', 'Real-Debrid is not available at the moment.'),
  '26': adding('it is too big'),
  '27': adding('the upload failed'),
  '28': adding('the file is not allowed'),
  '29': adding('the torrent is too big'),
  '30': adding('the torrent file is not valid'),
  '31': failure('invalid', 'never', 'Real-Debrid has done this already.'),
  '32': ourMistake('the image has a wrong size'),
  '33': adding('the torrent is active already'),
  '34': tooMany,
  '35': failure(
    'content-gone',
    'other-source',
    'Real-Debrid withholds this file for legal reasons, or because of words in its name. Add another release, or hold it in another account.',
  ),
  '36': failure(
    'quota-used-up',
    'other-source',
    'Account "{account}" has reached Real-Debrid\'s fair use limit; it is lifted at midnight in Paris.',
  ),
  '37': failure('not-yet', 'never', 'Real-Debrid has switched this request off.'),
};

/** Names observed where the optional numeric code may be missing. */
const codesByName: Readonly<Record<string, string>> = {
  internal_error: '-1',
  parameter_missing: '1',
  slow_down: '5',
  unknown_ressource: '7',
  bad_token: '8',
  permission_denied: '9',
  hoster_unavailable: '19',
  hoster_not_free: '20',
  too_many_active_downloads: '21',
  traffic_exhausted: '23',
  unavailable_file: '24',
  service_unavailable: '25',
  too_many_requests: '34',
  infringing_file: '35',
  fair_usage_limit: '36',
  disabled_endpoint: '37',
};

/** Names that go on with what they are about (observed). */
const codesByStart: readonly (readonly [start: string, code: string])[] = [
  ['parameter_bad', '2'],
  ['ip_not_allowed', '22'],
];

function codeOfName(name: string): string | null {
  if (Object.hasOwn(codesByName, name)) return codesByName[name] ?? null;
  return codesByStart.find(([start]) => name.startsWith(start))?.[1] ?? null;
}

export const realDebridDialect: Dialect = {
  service,
  refusal: readRefusal,
  failureOf: (code) => (Object.hasOwn(realDebridFailures, code) ? realDebridFailures[code] : undefined),
  // Observed: the edge answers so for a moment, and careful clients ask again.
  statusFailure: (status) => {
    if (status === 447) return tooMany;
    return status === 451 ? realDebridFailures['35'] : undefined;
  },
};

function readRefusal(answer: HttpAnswer): Refusal | null {
  const body = asObject(answer.json);
  if (body === null || !('error' in body)) return null;
  const name = asText(body['error']);
  const number = asNumber(body['error_code']);
  const code = number === null ? codeOfName(name ?? '') : String(number);
  const details = asText(body['error_details']);
  return { code, message: details === null ? name : `${name ?? ''} ${details}` };
}
