import { jsonReply, Refused, type Reply } from '../reply.js';

/** The sentences that go with the codes (AllDebrid API documentation, read 2026-11). */
const messages = {
  AUTH_MISSING_APIKEY: 'The auth apikey was not sent',
  AUTH_BAD_APIKEY: 'The auth apikey is invalid',
  AUTH_BLOCKED:
    'You are logging from a new location, device or app. An <b>email has been sent</b> to confirm the new sign in.',
  AUTH_USER_BANNED: 'This account is banned',
  GENERIC: 'An error occured',
  MUST_BE_PREMIUM: 'You must be premium to process this link',
  NO_SERVER:
    "Server are not allowed to use this feature. Visit https://alldebrid.com/vpn if you're using a VPN.",
  LINK_IS_MISSING: 'No link was sent',
  LINK_HOST_NOT_SUPPORTED: 'This host or link is not supported',
  LINK_PASS_PROTECTED: 'Link is password protected',
  REDIRECTOR_NOT_SUPPORTED: 'Redirector not supported',
  REDIRECTOR_ERROR: 'Could not extract links',
  STREAM_INVALID_GEN_ID: 'Invalid generation ID',
  STREAM_INVALID_STREAM_ID: 'Invalid stream ID',
  USER_LINK_MISSING: 'No link provided',
  LINK_DOWN: 'This link is not available on the file hoster website',
  DELAYED_INVALID_ID: 'This delayed link id is invalid',
  MAGNET_NO_URI: 'No magnet provided',
  MAGNET_INVALID_URI: 'Magnet is not valid',
  MAGNET_INVALID_ID: 'This magnet ID does not exists or is invalid',
  MAGNET_INVALID_FILE: 'File is not a valid torrent',
  MAGNET_MUST_BE_PREMIUM: 'You must be premium to use this feature',
  MAGNET_NO_SERVER:
    "Server are not allowed to use this feature. Visit https://alldebrid.com/vpn if you're using a VPN.",
  MAGNET_TOO_MANY_ACTIVE: 'Already have maximum allowed active magnets (30)',
  MAGNET_TOO_MANY: 'Already have maximum allowed magnets (1000)',
  MAGNET_PROCESSING: 'Magnet is processing or completed',
  ALREADY_SENT: 'The verification email has already been sent again',
  PIN_EXPIRED: 'The pin has expired',
  PIN_INVALID: 'This endpoint check parameter is invalid',
} as const;

export type ErrorCode = keyof typeof messages;

/** The `error` of the envelope, and of one thing among many. */
export function errorBody(code: ErrorCode, more: object = {}): object {
  return { code, message: messages[code], ...more };
}

/** Success in AllDebrid's envelope. */
export function success(data: object): Reply {
  return jsonReply(200, { status: 'success', data });
}

/** An error in AllDebrid's envelope, to be thrown: HTTP 200 unless told otherwise (observed since 2023-11). */
export function refused(code: ErrorCode, more: object = {}, httpStatus = 200): Refused {
  return new Refused(jsonReply(httpStatus, { status: 'error', error: errorBody(code, more) }));
}

export function unknownEndpoint(): Reply {
  const error = { code: '404', message: "Endpoint doesn't exist" };
  return jsonReply(404, { status: 'error', error });
}
