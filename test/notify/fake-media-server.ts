import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as a media server gets it. */
export interface Received {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Never answers. */
  readonly hangs?: boolean;
}

export interface FakeMediaServer {
  readonly url: string;
  readonly received: readonly Received[];
  readonly end: () => Promise<void>;
}

/** A media server that keeps what it is sent, and answers as the test says. Ends with its test. */
export async function fakeMediaServer(
  answer: (received: Received) => Answer | Promise<Answer> = () => ({}),
): Promise<FakeMediaServer> {
  const server = await startFakeMediaServer(answer);
  onTestFinished(server.end);
  return server;
}

/** The same for several tests. */
export async function startFakeMediaServer(
  answer: (received: Received) => Answer | Promise<Answer> = () => ({}),
): Promise<FakeMediaServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const asked = { method, url, headers, body: text === '' ? null : (JSON.parse(text) as unknown) };
      received.push(asked);
      void Promise.resolve(answer(asked)).then(({ status = 200, body, headers: own = {}, hangs = false }) => {
        if (hangs) return;
        response.writeHead(status, { 'content-type': 'application/json', ...own });
        response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, end };
}

const page = { headers: { 'content-type': 'text/html' } };
const notFound: Answer = { status: 404, body: '<html>404 Not Found</html>', ...page };
const refused: Answer = { status: 401, body: '<html>401 Unauthorized</html>', ...page };

/** Plex, with one library for each folder. */
export function asPlex(token: string, folders: readonly string[]): (received: Received) => Answer {
  return ({ method, url, headers }) => {
    if (headers['x-plex-token'] !== token) return refused;
    const [path = ''] = url.split('?');
    if (method !== 'GET') return notFound;
    if (path === '/library/sections') {
      const Directory = folders.map((folder, index) => ({
        key: String(index + 1),
        title: `Library ${index + 1}`,
        type: 'movie',
        Location: [{ id: index + 1, path: folder }],
      }));
      return { body: { MediaContainer: { size: folders.length, Directory } } };
    }
    const key = Number(/^\/library\/sections\/(\d+)\/refresh$/.exec(path)?.[1] ?? 0);
    return key > 0 && key <= folders.length ? {} : notFound;
  };
}

/** Jellyfin or Emby, which are the same but for the header; Emby also knows its paths below `/emby`. */
export function asMediaBrowser(
  kind: 'jellyfin' | 'emby',
  token: string,
  folders: readonly string[],
): (received: Received) => Answer {
  return ({ method, url, headers }) => {
    const asked = `${method} ${kind === 'emby' ? url.replace(/^\/emby\//, '/') : url}`;
    if (asked !== 'GET /Library/VirtualFolders' && asked !== 'POST /Library/Media/Updated') return notFound;
    const isKnown =
      kind === 'emby'
        ? headers['x-emby-token'] === token
        : headers.authorization === `MediaBrowser Token="${token}"`;
    if (!isKnown) return refused;
    if (method === 'POST') return { status: 204 };
    return {
      body: folders.map((folder) => ({ Name: folder, Locations: [folder], CollectionType: 'movies' })),
    };
  };
}

/** Kodi with some video sources. @param login `user:password`; null: it asks for none. */
export function asKodi(login: string | null, sources: readonly string[]): (received: Received) => Answer {
  const authorization = login === null ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  return ({ method, url, headers, body }) => {
    if (headers.authorization !== authorization) return refused;
    if (method !== 'POST' || url !== '/jsonrpc') return notFound;
    const { id, method: called } = body as { readonly id: number; readonly method: string };
    const results: Readonly<Record<string, unknown>> = {
      'JSONRPC.Ping': 'pong',
      'Files.GetSources': {
        limits: { start: 0, end: sources.length, total: sources.length },
        // It leaves the list out where there is nothing.
        ...(sources.length === 0 ? {} : { sources: sources.map((file) => ({ file, label: file })) }),
      },
      'VideoLibrary.Scan': 'OK',
      'VideoLibrary.Clean': 'OK',
    };
    const known = Object.hasOwn(results, called)
      ? { result: results[called] }
      : { error: { code: -32601, message: 'Method not found.' } };
    return { body: { id, jsonrpc: '2.0', ...known } };
  };
}
