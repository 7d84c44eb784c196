import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server saw it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  /** The body as it came. */
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** What to answer: JSON, or a body as it is, or nothing for ever. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Sent as it is, as `text/html` unless headers say otherwise. */
  readonly body?: string;
  readonly hang?: true;
}

export type Responder = (asked: Asked) => Reply;

/** An HTTP server on loopback that answers what the test says and keeps what it was asked. */
export class ScriptedServer {
  respond: Responder = () => ({ status: 500, body: 'nothing scripted' });
  readonly asked: Asked[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests whose path ends so. */
  to(path: string): Asked[] {
    return this.asked.filter((asked) => asked.path.endsWith(path));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://server');
    const asked: Asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      form: new URLSearchParams(Buffer.concat(chunks).toString()),
      body: Buffer.concat(chunks).toString(),
      headers: request.headers,
    };
    this.asked.push(asked);
    const reply = this.respond(asked);
    if (reply.hang === true) return;
    const isJson = reply.json !== undefined;
    const type = { 'content-type': isJson ? 'application/json; charset=utf-8' : 'text/html' };
    response.writeHead(reply.status ?? 200, { ...type, ...reply.headers });
    response.end(isJson ? JSON.stringify(reply.json) : (reply.body ?? ''));
  }
}
