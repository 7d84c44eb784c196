import type { ContentSource } from './content.js';
import { emptyReply, type ReceivedRequest, type Reply } from './reply.js';

/** What a Range header asks of a file: a half-open range, nothing satisfiable, or (absent, invalid, several) all of it. */
export type RequestedRange =
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'all' };

/** Reads a Range header for a file of `size` bytes. HTTP's inclusive end exists only here. */
export function requestedRange(header: string | undefined, size: number): RequestedRange {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (match === null || (first === '' && last === '')) return { kind: 'all' };
  if (first === '') {
    const count = Number(last);
    return count === 0 || size === 0
      ? { kind: 'unsatisfiable' }
      : { kind: 'part', start: Math.max(0, size - count), end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return { kind: 'all' };
  if (start >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/** A file as a file host serves it: one range at most, no validators (`If-Range` is ignored). */
export function fileReply(
  request: ReceivedRequest,
  name: string,
  source: ContentSource,
  finished: (bytesSent: number) => void,
): Reply {
  const headers = {
    'Accept-Ranges': 'bytes',
    'Content-Type': contentType(name),
    'Content-Disposition': disposition(name),
  };
  const range = requestedRange(request.headers.range, source.size);
  switch (range.kind) {
    case 'all':
      return { status: 200, headers, source, start: 0, end: source.size, finished };
    case 'unsatisfiable':
      return { ...emptyReply(416, { ...headers, 'Content-Range': `bytes */${source.size}` }), finished };
    case 'part': {
      const { start, end } = range;
      const told = `bytes ${start}-${end - 1}/${source.size}`;
      return { status: 206, headers: { ...headers, 'Content-Range': told }, source, start, end, finished };
    }
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  mkv: 'video/x-matroska',
  mp4: 'video/mp4',
  ts: 'video/mp2t',
  srt: 'application/x-subrip',
};

export function contentType(name: string): string {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return contentTypes[extension] ?? 'application/octet-stream';
}

/** Percent-encodes one path component, also where it holds half a surrogate pair. */
export function encodeComponent(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}

function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeComponent(name)}`;
}
