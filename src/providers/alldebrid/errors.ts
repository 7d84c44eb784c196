/** AllDebrid's refusals: every code of its API documentation (read 2026-11) and what it means here. */
import { asObject, asText } from '../decode.js';
import type { Dialect, Refusal } from '../account-api.js';
import { failure, tokenRejected, type Failure, type FailureTable } from '../failure.js';
import type { HttpAnswer } from '../json-client.js';

const service = 'AllDebrid';

const rejected = tokenRejected(service);
const adding = (what: string): Failure => failure('invalid', 'never', `AllDebrid cannot add this: ${what}.`);
const unneeded = (what: string): Failure => failure('invalid', 'never', `AllDebrid refused this: ${what}.`);
const ourMistake = (what: string): Failure =>
  failure('internal', 'never', `AllDebrid could not make sense of a request of debridfs: ${what}.`);
const removed = (what: string): Failure =>
  failure('content-gone', 'other-source', `AllDebrid does not hold the content of this torrent: ${what}.`);
const addressRefused = failure(
  'address-refused',
  'other-source',
  'AllDebrid refuses this machine\'s address (a data centre or a VPN): it lists the library of account "{account}" but lets nothing be read. Set `proxy` of the account to one at home, or see https://alldebrid.com/vpn.',
);
const notPremium = failure(
  'not-premium',
  'other-source',
  'Account "{account}" is not premium, so AllDebrid makes no link. Renew it there.',
);

/** By code. */
export const allDebridFailures: FailureTable = {
  GENERIC: failure('service-down', 'wait', 'AllDebrid has an error of its own.'),
  '404': failure(
    'bad-answer',
    'never',
    'AllDebrid knows nothing under the address asked. Check `apiUrl` of account "{account}".',
  ),
  MAINTENANCE: failure('service-down', 'wait', 'AllDebrid is in maintenance.'),
  AUTH_MISSING_APIKEY: rejected,
  AUTH_BAD_APIKEY: rejected,
  AUTH_BLOCKED: failure(
    'account-blocked',
    'other-source',
    'AllDebrid wants the place that account "{account}" is used from to be confirmed: follow the link in its mail.',
  ),
  AUTH_USER_BANNED: failure(
    'account-blocked',
    'other-source',
    'AllDebrid has banned account "{account}". Write to its support.',
  ),
  ALREADY_SENT: unneeded('the mail has been sent already'),
  NO_SERVER: addressRefused,
  LINK_IS_MISSING: ourMistake('no link was sent'),
  BAD_LINK: failure('link-dead', 'other-source', 'AllDebrid does not accept this link.'),
  LINK_HOST_NOT_SUPPORTED: failure(
    'link-dead',
    'other-source',
    'AllDebrid does not support the host of this link.',
  ),
  LINK_DOWN: failure(
    'content-gone',
    'other-source',
    'AllDebrid does not hold this file any more. Add its torrent again, or another release.',
  ),
  LINK_PASS_PROTECTED: failure('link-dead', 'other-source', 'This link needs a password.'),
  LINK_HOST_UNAVAILABLE: failure(
    'service-down',
    'wait',
    'The host of this link is not available at AllDebrid.',
  ),
  LINK_TOO_MANY_DOWNLOADS: failure(
    'not-ready',
    'wait',
    'Account "{account}" has too many downloads from this host at once.',
  ),
  LINK_HOST_FULL: failure('service-down', 'wait', "All of AllDebrid's servers for this host are full."),
  LINK_HOST_LIMIT_REACHED: failure(
    'host-limited',
    'other-source',
    'Account "{account}" has reached its limit for the host of this link at AllDebrid. It is lifted with the next day.',
  ),
  LINK_ERROR: failure('service-down', 'wait', 'AllDebrid could not unlock this link.'),
  LINK_TEMPORARY_UNAVAILABLE: failure('service-down', 'wait', 'This link is not available for the moment.'),
  LINK_NOT_SUPPORTED: failure('link-dead', 'other-source', 'AllDebrid does not support this link.'),
  REDIRECTOR_NOT_SUPPORTED: unneeded('it does not know this redirector'),
  REDIRECTOR_ERROR: unneeded('it found no links behind the redirector'),
  STREAM_INVALID_GEN_ID: ourMistake('the id of a generated link is not valid'),
  STREAM_INVALID_STREAM_ID: ourMistake('the id of a stream is not valid'),
  DELAYED_INVALID_ID: failure(
    'link-dead',
    'relink',
    'AllDebrid has forgotten a link that it was about to make.',
  ),
  FREE_TRIAL_LIMIT_REACHED: failure(
    'not-premium',
    'other-source',
    'Account "{account}" has reached the limit of its free trial at AllDebrid. Renew it there, or wait for the next day.',
  ),
  MUST_BE_PREMIUM: notPremium,
  MAGNET_INVALID_ID: failure('item-gone', 'other-source', 'AllDebrid does not hold this torrent any more.'),
  MAGNET_INVALID_URI: adding('the magnet is not valid'),
  MAGNET_INVALID_FILE: adding('the torrent file is not valid'),
  MAGNET_FILE_UPLOAD_FAILED: adding('the upload failed'),
  MAGNET_NO_URI: ourMistake('no magnet was sent'),
  MAGNET_PROCESSING: unneeded('the torrent is being worked on or complete'),
  MAGNET_PROCESSING_COOLDOWN: failure(
    'not-ready',
    'wait',
    'AllDebrid was asked for this torrent too often; it wants a pause.',
  ),
  MAGNET_TOO_MANY_ACTIVE: adding('account "{account}" has 30 active torrents, the most it may have'),
  MAGNET_TOO_MANY: adding('account "{account}" has 1,000 torrents, the most it may have'),
  MAGNET_MUST_BE_PREMIUM: notPremium,
  MAGNET_NO_SERVER: addressRefused,
  MAGNET_TOO_LARGE: adding('it is larger than 1 TB'),
  MAGNET_UPLOAD_FAILED: adding('the upload failed'),
  MAGNET_INTERNAL_ERROR: failure('service-down', 'wait', 'AllDebrid has an internal error.'),
  MAGNET_CANT_BOOTSTRAP: removed('nobody shared it within 20 minutes'),
  MAGNET_MAGNET_TOO_BIG: removed('it is larger than 1 TB'),
  MAGNET_TOOK_TOO_LONG: removed('the download took more than 72 hours'),
  MAGNET_LINKS_REMOVED: removed('its host has deleted it'),
  MAGNET_PROCESSING_FAILED: removed('it could not be worked on'),
  PIN_ALREADY_AUTHED: unneeded('there is a valid key already'),
  PIN_EXPIRED: unneeded('the PIN has expired; start again'),
  PIN_INVALID: unneeded('the PIN is not valid'),
  USER_LINK_MISSING: ourMistake('no link was sent'),
  USER_LINK_INVALID: unneeded('these links cannot be kept'),
  MISSING_NOTIF_ENDPOINT: ourMistake('an address for notifications is missing'),
  VOUCHER_DURATION_INVALID: unneeded('the duration of a voucher is not valid'),
  VOUCHER_NB_INVALID: unneeded('the number of vouchers is not valid'),
  NO_MORE_VOUCHER: unneeded('no such voucher is left'),
  INSUFFICIENT_BALANCE: unneeded('the balance is not sufficient'),
  DOWNLOAD_FAILED: failure('service-down', 'wait', 'AllDebrid could not download this.'),
  ACCOUNT_INVALID: failure(
    'account-blocked',
    'other-source',
    'AllDebrid denies this to account "{account}". Look at the account on its web site.',
  ),
  NO_JSON_PARAM: ourMistake('a body is missing'),
  JSON_INVALID: ourMistake('a body is no JSON'),
  FREEDAYS_INVALID_COUNTRY: unneeded('the country is not valid'),
  FREEDAYS_INVALID_PHONE: unneeded('the phone number is not valid'),
  FREEDAYS_INVALID_PROVIDER: unneeded('the provider is not valid'),
  FREEDAYS_USED_PHONE: unneeded('the phone number was used before'),
  FREEDAYS_ALREADY_REQUESTED: unneeded('free days have been requested already'),
  FREEDAYS_INVALID_STATUS: unneeded('the free days have a bad status'),
  FREEDAYS_TOO_MUCH_RETRIES: unneeded('there were too many tries'),
  FREEDAYS_INVALID_CODE: unneeded('the code is not valid'),
  FREEDAYS_DENIED: unneeded('free days are denied'),
  FREEDAYS_ERROR_SENDING: unneeded('a message could not be sent'),
};

export const allDebridDialect: Dialect = {
  service,
  refusal: readRefusal,
  failureOf: (code) => (Object.hasOwn(allDebridFailures, code) ? allDebridFailures[code] : undefined),
  // Documented: requests beyond the limits are refused with 429 or 503.
  statusFailure: (status) =>
    status === 503
      ? failure(
          'rate-limited',
          'wait',
          'AllDebrid received too many requests of account "{account}", or is down.',
        )
      : undefined,
};

/** Errors come with HTTP 200 as well (documented); an answer without a status has failed (documented). */
function readRefusal(answer: HttpAnswer): Refusal | null {
  const body = asObject(answer.json);
  if (body === null || body['status'] === 'success') return null;
  const error = asObject(body['error']);
  return { code: asText(error?.['code']), message: asText(error?.['message']) };
}
