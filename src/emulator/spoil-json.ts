import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { bytesReply, type Reply } from './reply.js';

/** The whole body of a reply. */
export function bodyOf(reply: Reply): Promise<Buffer> {
  return buffer(Readable.from(reply.source.slices(reply.start, reply.end)));
}

/** A reply whose JSON is another, what is no JSON staying as it is. A count of a list is told as it now is, unless kept. */
export async function withJson(
  reply: Reply,
  edit: (json: unknown) => unknown,
  keepsCount: boolean,
): Promise<Reply> {
  const json = parsed((await bodyOf(reply)).toString('utf8'));
  if (json === undefined) return reply;
  const changed = edit(json);
  const recount = !keepsCount && Array.isArray(changed) && 'X-Total-Count' in reply.headers;
  const headers = recount ? { ...reply.headers, 'X-Total-Count': String(changed.length) } : reply.headers;
  const edited = bytesReply(reply.status, headers, Buffer.from(JSON.stringify(changed)));
  return { ...edited, ...(reply.finished === undefined ? {} : { finished: reply.finished }) };
}

/** The first of a list's entries, wherever the service's envelope has the list; the lists in an entry stay whole. */
export function shortenedList(json: unknown, share: number): unknown {
  if (Array.isArray(json)) return json.slice(0, Math.round(json.length * share)) as unknown[];
  return ofValues(json, (value) => shortenedList(value, share));
}

/** The same JSON with another type in the place of each value: numbers for texts, texts for yes and no, lists for numbers. */
export function mistyped(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(mistyped);
  switch (typeof json) {
    case 'string':
      return json.length;
    case 'number':
      return [json];
    case 'boolean':
      return `it is ${json}`;
    default:
      return ofValues(json, mistyped);
  }
}

function ofValues(json: unknown, edit: (value: unknown) => unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, edit(value)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
