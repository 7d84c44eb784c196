/** TorBox's refusals: every code of its API documentation (read 2026-11) and what it means here. */
import { asFlag, asObject, asText } from '../decode.js';
import type { Dialect, Refusal } from '../account-api.js';
import { failure, tokenRejected, type Failure, type FailureTable } from '../failure.js';
import type { HttpAnswer } from '../json-client.js';

const service = 'TorBox';

const rejected = tokenRejected(service);
/** Observed: with each of its warnings, TorBox puts another key into the place of an account's. */
const replaced = failure(
  'token-rejected',
  'other-source',
  'TorBox does not accept the token of account "{account}". It changes an account\'s key together with a warning about its use: read its mail and run `debridfs login {account}`, or take the new one from https://torbox.app/settings and put it into its `token`.',
);
const ownTrouble = (what: string): Failure =>
  failure('service-down', 'wait', `TorBox has trouble of its own: ${what}.`);
const refused = (what: string): Failure => failure('invalid', 'never', `TorBox refused this: ${what}.`);
const ourMistake = (what: string): Failure =>
  failure('internal', 'never', `TorBox could not make sense of a request of debridfs: ${what}.`);
const moved = failure(
  'bad-answer',
  'never',
  'TorBox knows nothing under the address asked. Check `apiUrl` of account "{account}".',
);
const tooMany = failure('rate-limited', 'wait', 'TorBox received too many requests of account "{account}".');

/** By code, spelt with underscores: the documentation writes some with spaces, the service never does (observed). */
export const torBoxFailures: FailureTable = {
  DATABASE_ERROR: ownTrouble(
    'it cannot reach its database. If this lasts, choose another CDN in the settings of account "{account}"',
  ),
  UNKNOWN_ERROR: ownTrouble('it does not know which'),
  NO_AUTH: rejected,
  BAD_TOKEN: replaced,
  AUTH_ERROR: ownTrouble('it could not check the token'),
  INVALID_OPTION: ourMistake('an option is not valid'),
  REDIRECT_ERROR: ownTrouble('it could not redirect'),
  OAUTH_VERIFICATION_ERROR: rejected,
  ENDPOINT_NOT_FOUND: moved,
  ITEM_NOT_FOUND: failure('item-gone', 'other-source', 'TorBox does not hold this any more.'),
  PLAN_RESTRICTED_FEATURE: failure(
    'not-premium',
    'other-source',
    'The TorBox plan of account "{account}" does not include this. Choose a higher one there.',
  ),
  DUPLICATE_ITEM: refused('it is there already'),
  BOZO_RSS_FEED: refused('the feed is not valid'),
  SELLIX_ERROR: ownTrouble('a payment failed'),
  TOO_MUCH_DATA: ourMistake('it is larger than 100 MB'),
  DOWNLOAD_TOO_LARGE: failure(
    'not-premium',
    'other-source',
    'This is larger than the TorBox plan of account "{account}" allows. Choose a higher one there, or a smaller release.',
  ),
  MISSING_REQUIRED_OPTION: ourMistake('an option is missing'),
  TOO_MANY_OPTIONS: ourMistake('there are too many options'),
  BOZO_TORRENT: refused('the torrent is not valid'),
  NO_SERVERS_AVAILABLE_ERROR: ownTrouble('no server is free'),
  MONTHLY_LIMIT: failure(
    'quota-used-up',
    'other-source',
    'Account "{account}" has reached its monthly limit at TorBox. Wait for the next month, or choose a higher plan there.',
  ),
  COOLDOWN_LIMIT: failure(
    'quota-used-up',
    'other-source',
    'TorBox makes account "{account}" wait before its next download. Its web site says for how long; higher plans need not wait.',
  ),
  ACTIVE_LIMIT: failure(
    'quota-used-up',
    'other-source',
    'Account "{account}" has too many active downloads at TorBox. Wait until some are done, or remove some.',
  ),
  DOWNLOAD_SERVER_ERROR: ownTrouble('its download server does not answer'),
  BOZO_NZB: refused('the NZB file is not valid'),
  SEARCH_ERROR: ownTrouble('its search failed'),
  INVALID_DEVICE: failure(
    'account-blocked',
    'other-source',
    'TorBox does not let account "{account}" be used from this device. Make a new key in its settings, and put it into its `token`.',
  ),
  DIFF_ISSUE: ourMistake('its parameters do not fit together'),
  LINK_OFFLINE: failure('link-dead', 'other-source', 'This link leads to no file any more.'),
  VENDOR_DISABLED: failure(
    'account-blocked',
    'other-source',
    'TorBox has switched off account "{account}". Write to its support.',
  ),
  BOZO_REGEX: refused('the pattern is not valid'),
  BAD_CONFIRMATION: refused('the confirmation code is wrong'),
  CONFIRMATION_EXPIRED: refused('the confirmation code has expired; ask for a new one'),
  // Not in the documentation, but observed.
  DEPRECATED: moved,
  RATE_LIMIT: tooMany,
  RATE_LIMIT_EXCEEDED: tooMany,
  NOT_ALLOWED: failure(
    'account-blocked',
    'other-source',
    'TorBox denies this to account "{account}". Look at the account on its web site.',
  ),
  INVALID_INPUT: ourMistake('a value is not valid'),
  UNSUPPORTED_SITE: refused('it does not support this site'),
  DOWNLOAD_LIMIT_REACHED: failure(
    'quota-used-up',
    'other-source',
    'Account "{account}" has reached its download limit at TorBox. Wait until it is counted anew, or choose a higher plan there.',
  ),
  DOWNSTREAM_ERROR: ownTrouble('one of its servers does not answer'),
  REQUEST_FAILED: ownTrouble('the request failed'),
};

export const torBoxDialect: Dialect = {
  service,
  refusal: readRefusal,
  failureOf: (code) => {
    const key = code.trim().toUpperCase().replaceAll(' ', '_');
    return Object.hasOwn(torBoxFailures, key) ? torBoxFailures[key] : undefined;
  },
  // Documented: 403 is an authentication error. As a web page it comes from the edge instead.
  statusFailure: (status, isPage) => {
    if (status === 403 && !isPage) return replaced;
    return status === 422 ? ourMistake('a parameter is not valid') : undefined;
  },
};

function readRefusal(answer: HttpAnswer): Refusal | null {
  const body = asObject(answer.json);
  if (body === null) return null;
  const success = asFlag(body['success']);
  const code = asText(body['error']);
  if (success === true || (success === null && code === null && 'data' in body)) return null;
  return { code, message: asText(body['detail']) };
}
