import { parseContentRange } from './http-range.js';
import { valuesOf, type ResponseHead } from './http/head.js';
import type { Observation } from './observation.js';

/** What was asked for. */
export interface Wanted {
  /** Half-open range of the file. */
  readonly start: number;
  readonly end: number;
  /** Bytes of the whole file, as the account's listing told. */
  readonly size: number;
  /** Whether the file itself is a web page or JSON, so that such a type says nothing against it. */
  readonly pageExpected: boolean;
}

/**
 * What to make of a head. `accepted`: the bytes up to `end` are promised, in a body that goes on to `bodyEnd`. `refused`:
 * the start of the body may tell why.
 */
export type HeadCheck =
  | { readonly kind: 'accepted'; readonly end: number; readonly bodyEnd: number }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly seen: Observation };

/** Longest pause that a server's word is taken for, in milliseconds: twice what one was seen to ask for (TorBox, 300 s). */
const longestPauseMs = 600_000;

/** The value of a header; undefined where it is missing or was sent more than once. */
function headerOf({ headers }: ResponseHead, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** All values of a header as one text; empty where it is missing. */
function allOf({ headers }: ResponseHead, name: string): string {
  return valuesOf(headers, name).join(', ');
}

function isPage(head: ResponseHead): boolean {
  return /html|json/i.test(allOf(head, 'content-type'));
}

/** Checks a head against what was asked for. A server may promise less than that from the same start, never else. */
export function checkHead(head: ResponseHead, wanted: Wanted): HeadCheck {
  const { status } = head;
  if (status >= 300 && status < 400) {
    const location = headerOf(head, 'location');
    return location === undefined ? failed('bad-redirect') : { kind: 'redirect', location };
  }
  if (status !== 200 && status !== 206) return { kind: 'refused' };
  if (!['', 'identity'].includes(allOf(head, 'content-encoding'))) return failed('encoded');
  const length = lengthOf(head);
  if (length === 0) return failed('empty');
  return status === 206 ? checkPartial(head, length, wanted) : checkWhole(head, length, wanted);
}

/** What a refusal says. @param text the start of its body. */
export function refusalOf(head: ResponseHead, text: string): Observation {
  const lowerText = text.toLowerCase();
  const page = isPage(head) || /^\s*<(!doctype|html)/.test(lowerText);
  const byCloudflare = /cloudflare/i.test(headerOf(head, 'server') ?? '');
  return {
    kind: 'status',
    status: head.status,
    reason: (headerOf(head, 'x-error') ?? '').trim().toLowerCase(),
    page,
    guarded: page && (byCloudflare || /attention required|cloudflare/.test(lowerText)),
    text: lowerText,
    retryAfterMs: pauseAskedMs(head),
  };
}

/** Milliseconds that a header `Retry-After` asks to wait, in seconds as file hosts send it; null where it is no number. */
function pauseAskedMs(head: ResponseHead): number | null {
  const value = headerOf(head, 'retry-after')?.trim() ?? '';
  return /^\d{1,9}$/.test(value) ? Math.min(longestPauseMs, Number(value) * 1000) : null;
}

function checkPartial(head: ResponseHead, length: number | null, wanted: Wanted): HeadCheck {
  const told = parseContentRange(headerOf(head, 'content-range') ?? '');
  // A page that pretends to be part of this very file, size and all, is the file.
  const matches = told !== null && told.start === wanted.start && told.size === wanted.size;
  if (isPage(head) && !(wanted.pageExpected && matches)) return failed('page');
  if (told === null) return failed('wrong-range');
  if (told.size !== wanted.size) return failed('wrong-size');
  if (told.start !== wanted.start || told.end <= told.start || told.end > wanted.end) {
    return failed('wrong-range');
  }
  if (length !== null && length !== told.end - told.start) return failed('wrong-length');
  return { kind: 'accepted', end: told.end, bodyEnd: told.end };
}

/** A server without ranges sends all from the start, which is as good for a range that begins there. */
function checkWhole(head: ResponseHead, length: number | null, wanted: Wanted): HeadCheck {
  const matches = wanted.start === 0 && length === wanted.size;
  if (isPage(head) && !(wanted.pageExpected && matches)) return failed('page');
  if (wanted.start !== 0) return failed('range-ignored');
  if (length !== wanted.size) return failed('wrong-size');
  return { kind: 'accepted', end: wanted.end, bodyEnd: wanted.size };
}

/** The body's length by the head; null where it is told otherwise, or not at all. */
function lengthOf({ framing }: ResponseHead): number | null {
  return framing.kind === 'length' ? framing.bytes : null;
}

function failed(kind: Exclude<Observation['kind'], 'status'>): HeadCheck {
  return { kind: 'failed', seen: { kind } };
}
