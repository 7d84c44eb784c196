import { once } from 'node:events';
import type { Server } from 'node:http';
import type { getRequestListener } from '@hono/node-server';
import { createServer } from 'node:http';
import type { Hono } from 'hono';
import { AppError, codeOf } from '../core/errors.js';
import type { HttpAppOptions, ServedApp } from './http-app.js';
import { isLoopback, urlOf } from './listen-address.js';

/** A listening server. */
export interface RunningServer {
  /** `http://host:port` */
  readonly url: string;
  /** Stops listening and ends all connections. */
  stop(): Promise<void>;
}

/**
 * Starts the HTTP server of `server.listen`.
 * @throws {AppError} `config` when other machines could reach it without a password, or the address cannot be had.
 */
export async function startHttpServer(options: HttpAppOptions): Promise<RunningServer> {
  const { listen, password } = options;
  if (password === null && !isLoopback(listen.host)) {
    throw new AppError(
      'config',
      `server.listen: other machines could reach ${urlOf(listen)}. Set server.password.`,
    );
  }
  const server = createNodeServer(async () => (await import('./http-app.js')).createHttpApp(options));
  server.listen({ host: listen.host, port: listen.port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = codeOf(cause) ?? 'unknown';
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be had (${code})`;
    const remedy = 'Choose another in server.listen, port 0 for any free one, or "off".';
    throw new AppError('config', `server.listen: ${urlOf(listen)} ${why}. ${remedy}`, { cause });
  }
  const address = server.address();
  const port = address === null || typeof address === 'string' ? listen.port : address.port;
  return { url: urlOf({ host: listen.host, port }), stop: () => stopServer(server) };
}

/**
 * A Node server for an app, with limits against slow and endless requests: nobody has more than a few lines to send.
 * @param load makes the app when it is first asked, so that no mount waits for it.
 */
export function createNodeServer(load: () => Promise<Hono | ServedApp>): Server {
  const listen = async (): Promise<ReturnType<typeof getRequestListener>> => {
    const { getRequestListener } = await import('@hono/node-server');
    return getRequestListener((await load()).fetch, { overrideGlobalObjects: false });
  };
  let listener: ReturnType<typeof listen> | null = null;
  const limits = { maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 2_000 };
  const server = createServer(limits, (request, response) => {
    listener ??= listen();
    listener
      .then((answer) => answer(request, response))
      .catch(() => {
        // What could not be loaded may be there the next time: a package that is just being replaced.
        listener = null;
        if (response.headersSent) response.destroy();
        else response.writeHead(503).end();
      });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  server.maxConnections = 256;
  return server;
}

/** Ends a server and its connections. */
export async function stopServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
