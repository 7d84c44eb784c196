import { htmlReply, jsonReply, Refused, textReply, type Headers, type Reply } from '../reply.js';

/** TorBox's envelope: always these four keys. */
export function success(data: unknown, detail: string): Reply {
  return jsonReply(200, { success: true, error: null, detail, data });
}

/** An error in TorBox's envelope, to be thrown. */
export function refused(status: number, error: string, detail: string): Refused {
  return new Refused(jsonReply(status, { success: false, error, detail, data: null }));
}

/** What the framework answers to a body of the wrong kind (observed). */
export function unprocessable(field: string): Refused {
  const detail = [{ loc: ['body', field], msg: 'Input should be a valid dictionary', type: 'dict_type' }];
  return new Refused(jsonReply(422, { detail }));
}

/** Too many requests: a sentence only, now and then not even JSON (observed). */
export function tooMany(limit: string, plain: boolean, headers: Headers): Refused {
  return new Refused(
    plain ? textReply(429, 'text/plain', limit, headers) : jsonReply(429, { detail: limit }, '', headers),
  );
}

export function cloudflarePage(): Reply {
  return htmlReply(403, 'Attention Required! | Cloudflare');
}
