import { ObservedFailure } from '../observation.js';

/** Names in lower case; a list where a field was sent more than once. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How a body is told apart from what follows it (RFC 9112, section 6.3). */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** It ends with the connection. */
  | { readonly kind: 'close' };

/** Status line and fields of a response to a GET. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly framing: Framing;
  /** Whether the connection can serve again after the body. */
  readonly keepsAlive: boolean;
}

/** As much as Node's own client takes (`http.maxHeaderSize`), in bytes. */
export const maxHeadBytes = 16 * 1024;

/** Most fields of a head: file hosts send some twenty. */
const maxFields = 200;

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*)$/;

/** Reads a head without its empty line. @throws {ObservedFailure} `garbled` where it is no HTTP, or two ways to read it. */
export function parseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, code] = statusLine.exec(first) ?? garbled();
  const status = Number(code);
  const headers = parseFields(lines);
  const options = valuesOf(headers, 'connection').flatMap((value) =>
    value.toLowerCase().split(/[ \t]*,[ \t]*/),
  );
  const staysOpen = minor === '1' ? !options.includes('close') : options.includes('keep-alive');
  const framing = framingOf(status, headers);
  const isClear =
    valuesOf(headers, 'transfer-encoding').length === 0 || headers['content-length'] === undefined;
  return { status, headers, framing, keepsAlive: staysOpen && framing.kind !== 'close' && isClear };
}

function parseFields(lines: readonly string[]): HeaderFields {
  if (lines.length > maxFields) garbled();
  const headers = Object.create(null) as Record<string, string | string[] | undefined>;
  for (const line of lines) {
    const [, name = '', value = ''] = field.exec(line) ?? garbled();
    const key = name.toLowerCase();
    const known = headers[key];
    headers[key] = known === undefined ? value.trimEnd() : [known, value.trimEnd()].flat();
  }
  return headers;
}

function framingOf(status: number, headers: HeaderFields): Framing {
  if (status < 200 || status === 204 || status === 304) return { kind: 'length', bytes: 0 };
  const encodings = valuesOf(headers, 'transfer-encoding');
  if (encodings.length > 0)
    return encodings.join().toLowerCase() === 'chunked' ? { kind: 'chunked' } : garbled();
  const [length, ...others] = new Set(valuesOf(headers, 'content-length'));
  if (length === undefined) return { kind: 'close' };
  if (others.length > 0 || !/^\d{1,15}$/.test(length)) return garbled();
  return { kind: 'length', bytes: Number(length) };
}

/** All values of a field, in the order in which they were sent. */
export function valuesOf(headers: HeaderFields, name: string): readonly string[] {
  const value = headers[name] ?? [];
  return typeof value === 'string' ? [value] : value;
}

function garbled(): never {
  throw new ObservedFailure({ kind: 'garbled' });
}
