import type { IncomingHttpHeaders } from 'node:http';
import { bufferContent, type ContentSource } from './content.js';

/** A request as a stand-in sees it. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path without query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly clientIp: string;
}

/** An answer: the bytes [start, end) of a source under a status line and headers. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly source: ContentSource;
  readonly start: number;
  readonly end: number;
  /** True where not even Content-Length is told. */
  readonly omitLength?: boolean;
  /** True where it tells of something that the account has just paid for. */
  readonly charged?: boolean;
  /** Called once when the response has ended, however it ended. */
  readonly finished?: (bytesSent: number) => void;
}

/** Thrown inside a stand-in to answer at once. */
export class Refused extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

export type Headers = Readonly<Record<string, string>>;

export function bytesReply(status: number, headers: Headers, body: Buffer): Reply {
  return { status, headers, source: bufferContent(body), start: 0, end: body.length };
}

export function textReply(status: number, contentType: string, text: string, headers: Headers = {}): Reply {
  return bytesReply(status, { 'Content-Type': contentType, ...headers }, Buffer.from(text));
}

export function htmlReply(status: number, text: string, headers: Headers = {}): Reply {
  const page = `<!DOCTYPE html><html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>\n`;
  return textReply(status, 'text/html; charset=utf-8', page, headers);
}

export function emptyReply(status: number, headers: Headers = {}): Reply {
  return bytesReply(status, headers, Buffer.alloc(0));
}

/** JSON; `indent` as the service prints it. */
export function jsonReply(status: number, value: unknown, indent = '', headers: Headers = {}): Reply {
  return textReply(status, 'application/json', JSON.stringify(value, null, indent), headers);
}

/** The token of `Authorization: Bearer`, or null. */
export function bearerToken(request: ReceivedRequest): string | null {
  const match = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
}
