import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { FaultAction } from './faults.js';
import type { ContentSource } from './content.js';
import { bytesReply, emptyReply, htmlReply, type ReceivedRequest, type Reply } from './reply.js';
import { bodyOf, mistyped, shortenedList, withJson } from './spoil-json.js';

/** How the body goes out. */
export interface SendPlan {
  readonly bytesPerSecond: number | null;
  /** After so many bytes something happens to the connection; null: nothing does. */
  readonly breakAfter:
    | { readonly kind: 'stall'; readonly bytes: number; readonly ms: number | null }
    | { readonly kind: 'end' | 'reset'; readonly bytes: number }
    | null;
}

export function sendPlan(action: FaultAction | null): SendPlan {
  switch (action?.kind) {
    case 'throttle':
      return { bytesPerSecond: action.bytesPerSecond, breakAfter: null };
    case 'stallAfter':
      return { bytesPerSecond: null, breakAfter: { kind: 'stall', bytes: action.bytes, ms: action.ms } };
    case 'truncateAfter':
      return { bytesPerSecond: null, breakAfter: { kind: 'end', bytes: action.bytes } };
    case 'resetAfter':
      return { bytesPerSecond: null, breakAfter: { kind: 'reset', bytes: action.bytes } };
    default:
      return { bytesPerSecond: null, breakAfter: null };
  }
}

/** The request as the service takes it under a fault: with another range, or none. */
export function spoilRequest(request: ReceivedRequest, action: FaultAction | null): ReceivedRequest {
  const { range, ...others } = request.headers;
  if (range === undefined) return request;
  if (action?.kind === 'ignoreRange') return { ...request, headers: others };
  if (action?.kind === 'shortenRange') {
    const shortened = range.replace(
      /(\d+)-\d*$/,
      (_, start: string) => `${start}-${Number(start) + action.bytes - 1}`,
    );
    return { ...request, headers: { ...others, range: shortened } };
  }
  if (action?.kind !== 'shiftRange') return request;
  const shifted = range.replace(/\d+/g, (offset) => String(Math.max(0, Number(offset) + action.delta)));
  return { ...request, headers: { ...others, range: shifted } };
}

/** The answer to give instead of asking the service, or null where it is asked. */
export function answerInstead(request: ReceivedRequest, action: FaultAction | null): Reply | null {
  switch (action?.kind) {
    case 'status': {
      const body = Buffer.from(action.body ?? '');
      return bytesReply(action.code, action.headers ?? {}, body);
    }
    case 'html200':
      return htmlReply(200, 'Something is not as it should be');
    case 'redirect':
      return emptyReply(action.code, { Location: action.to });
    case 'redirectLoop':
      return emptyReply(302, { Location: `${request.path}?${request.query.toString()}` });
    default:
      return null;
  }
}

/** The service's answer with its fault in it. */
export async function spoilReply(
  request: ReceivedRequest,
  reply: Reply,
  action: FaultAction | null,
): Promise<Reply> {
  switch (action?.kind) {
    case 'wrongTotal': {
      const told = reply.headers['Content-Range'];
      if (told === undefined) return reply;
      const wrong = told.replace(/\d+$/, (total) => String(Number(total) + action.delta));
      return { ...reply, headers: { ...reply.headers, 'Content-Range': wrong } };
    }
    case 'emptyBody':
      return { ...reply, end: reply.start };
    case 'corrupt':
      return { ...reply, source: inverted(reply.source, action.offset) };
    case 'closeAfterResponse':
      return { ...reply, headers: { ...reply.headers, Connection: 'close' } };
    case 'shortenList':
      return withJson(reply, (json) => shortenedList(json, action.share), action.count === 'kept');
    case 'wrongTypes':
      return withJson(reply, mistyped, true);
    case 'setHeader':
      return { ...reply, headers: { ...reply.headers, [action.name]: action.value } };
    case 'malformedJson':
      return { ...reply, end: reply.start + Math.floor((reply.end - reply.start) / 2) };
    case 'gzip': {
      if (!String(request.headers['accept-encoding']).includes('gzip')) return reply;
      const plain = await bodyOf(reply);
      const packed = bytesReply(
        reply.status,
        { ...reply.headers, 'Content-Encoding': 'gzip' },
        await promisify(gzip)(plain),
      );
      return { ...packed, ...(reply.finished === undefined ? {} : { finished: reply.finished }) };
    }
    default:
      return reply;
  }
}

/** A source with one byte turned over. */
function inverted(source: ContentSource, offset: number): ContentSource {
  return {
    size: source.size,
    slices: async function* (start, end) {
      let at = start;
      for await (const slice of source.slices(start, end)) {
        const index = offset - at;
        at += slice.length;
        const hit = slice[index];
        yield hit === undefined
          ? slice
          : Buffer.concat([slice.subarray(0, index), Buffer.of(hit ^ 0xff), slice.subarray(index + 1)]);
      }
    },
  };
}
