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
      void Promise.resolve(answer(asked)).then(({ status = 200, body, hangs = false }) => {
        if (hangs) return;
        response.writeHead(status, { 'content-type': 'application/json' });
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
