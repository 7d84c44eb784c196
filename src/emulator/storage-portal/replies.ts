import { jsonReply, Refused, type Reply } from '../reply.js';

export function success(data: object): Reply {
  return jsonReply(200, { success: true, data });
}

/**
 * HTTP status and words of each status (the portal's API documentation, read 2026-11). 109 and 110 are not in it
 * (observed: JDownloader); their HTTP status is a choice, as is 106's, which may be any.
 */
const refusals: Readonly<Record<number, readonly [http: number, msg: string]>> = {
  1: [401, 'Missing or invalid API key'],
  2: [403, 'Account not usable'],
  52: [402, 'Insufficient traffic for this file'],
  54: [429, 'Per-host 24h usage limit exceeded'],
  55: [429, 'Too many concurrent downloads on this platform'],
  56: [429, 'Solo slot limit reached'],
  101: [400, 'Unsupported URL or host'],
  102: [403, 'Source or file banned'],
  103: [400, 'Private file'],
  104: [404, 'File offline or not found'],
  105: [503, 'Service maintenance'],
  106: [502, 'External error'],
  107: [429, 'Account pool insufficient'],
  109: [403, 'Password required'],
  110: [403, 'Wrong password'],
  900: [400, 'Bad request'],
  999: [500, 'Internal error'],
};

/** Seconds after which to try again, where that makes sense. */
const retryInSeconds: Readonly<Record<number, number>> = { 55: 60, 56: 60, 105: 60, 107: 120 };

/** An error by its status, to be thrown. */
export function refused(status: number, retrySeconds = retryInSeconds[status]): Refused {
  const [http, msg] = refusals[status] ?? [500, 'Unknown error'];
  const retry = retrySeconds === undefined ? {} : { retry_in_seconds: retrySeconds };
  return new Refused(jsonReply(http, { success: false, status, msg, ...retry }));
}

/** An address that the API does not have (a choice). */
export function unknownPath(): Refused {
  return new Refused(jsonReply(404, { success: false, status: 900, msg: 'Not found' }));
}
