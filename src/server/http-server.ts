import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { getRequestListener } from '@hono/node-server';
import { createServer } from 'node:http';
import type { Hono } from 'hono';
import { AppError, codeOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { HttpAppOptions, ServedApp } from './http-app.js';
import { isLoopback, urlOf, type ListenAddress } from './listen-address.js';

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
  requireGuard(options);
  const { listen, logger } = options;
  const server = createNodeServer(async () => (await import('./http-app.js')).createHttpApp(options), logger);
  await listenOn(server, listen);
  const address = server.address();
  const port = address === null || typeof address === 'string' ? listen.port : address.port;
  return { url: urlOf({ host: listen.host, port }), stop: () => stopServer(server) };
}

/** @throws {AppError} `config` when other machines could reach it without a password. */
export function requireGuard({ listen, password }: Pick<HttpAppOptions, 'listen' | 'password'>): void {
  if (password !== null || isLoopback(listen.host)) return;
  throw new AppError(
    'config',
    `server.listen: other machines could reach ${urlOf(listen)}. Set server.password.`,
  );
}

/** Looks whether an address can be had, by having it for a moment. @throws {AppError} `config` where it cannot. */
export async function tryToListen(listen: ListenAddress): Promise<void> {
  const server = createServer();
  await listenOn(server, listen);
  await stopServer(server);
}

async function listenOn(server: Server, listen: ListenAddress): Promise<void> {
  server.listen({ host: listen.host, port: listen.port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = codeOf(cause) ?? 'unknown';
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be had (${code})`;
    const remedy = 'Choose another in server.listen, port 0 for any free one, or "off".';
    throw new AppError('config', `server.listen: ${urlOf(listen)} ${why}. ${remedy}`, { cause });
  }
}

type Listener = ReturnType<typeof getRequestListener>;

/**
 * A Node server for an app, with limits against slow and endless requests: nobody has more than a few lines to send. Where the app
 * cannot be loaded, because its package was replaced meanwhile or there are no descriptors left, requests are answered 503 and the log
 * says why. The next request tries again, although Node keeps for good that a file could not be read (observed, 20.20).
 * @param load makes the app when it is first asked, so that no mount waits for it.
 */
export function createNodeServer(load: () => Promise<Hono | ServedApp>, logger: Logger): Server {
  const listen = async (): Promise<Listener> => {
    const { getRequestListener } = await import('@hono/node-server');
    return getRequestListener((await load()).fetch, { overrideGlobalObjects: false });
  };
  let listener: Promise<Listener> | null = null;
  const loaded = (): Promise<Listener> =>
    (listener ??= listen().catch((error: unknown) => {
      listener = null;
      throw error;
    }));
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const answer = await loaded();
      await answer(request, response);
    } catch (error) {
      logger.error({ err: error }, 'A request could not be answered.');
      if (!response.headersSent) response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('This could not be answered; the log says why.\n');
    }
  };
  const limits = { maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 2_000 };
  const server = createServer(limits, (request, response) => void serve(request, response));
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  server.maxConnections = 256;
  outliveErrors(server, logger);
  return server;
}

/**
 * Has a server go on where it cannot take a connection, as when there are no descriptors left: unheard, that would be the end of the
 * process and of its mount. It is told once until a connection is taken again.
 */
function outliveErrors(server: Server, logger: Logger): void {
  let isTold = false;
  server.on('connection', () => (isTold = false));
  server.on('error', (error) => {
    // Who wants to listen hears of it that it cannot.
    if (!server.listening || isTold) return;
    isTold = true;
    logger.error({ err: error }, 'A connection could not be taken.');
  });
}

/** Ends a server and its connections. */
export async function stopServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
