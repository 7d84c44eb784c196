import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Logger } from '../core/logger.js';
import { isLocalHost, knowsPassword } from './access.js';
import { Guesses } from './guesses.js';
import { isLoopback, type ListenAddress } from './listen-address.js';
import type { Surface } from './surface.js';

export interface HttpAppOptions {
  readonly surface: Surface;
  readonly listen: ListenAddress;
  /** Null only on loopback. */
  readonly password: string | null;
  /** Takes secrets out of an answer, should one have got there. */
  readonly scrub: (text: string) => string;
  readonly logger: Logger;
}

/** An app that Node's server serves. */
export type ServedApp = Hono<{ Bindings: HttpBindings }>;

/** The paths that a probe asks; they tell strangers no more than yes or no. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/**
 * What `server.listen` answers: health, readiness and status, reading only. Without a password the Host header must name
 * this machine; with one, everything but the probes asks for it.
 */
export function createHttpApp({ surface, listen, password, scrub, logger }: HttpAppOptions): ServedApp {
  const app: ServedApp = new Hono();
  const guesses = new Guesses();
  const isTrusted = (authorization: string | undefined): boolean =>
    password === null || knowsPassword(authorization, password);

  app.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Cross-Origin-Resource-Policy', 'same-origin');
    context.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  });
  app.use(async (context, next) => {
    const { method, path } = context.req;
    // A request may name another host than its Host header does, which then does not count (RFC 9112, section 3.2.2).
    const hosts = [context.req.header('host'), new URL(context.req.url).host];
    if (password === null && !(isLoopback(listen.host) && hosts.every(isLocalHost))) {
      return context.text('This address answers to the name localhost only.\n', 403);
    }
    if (method !== 'GET' && method !== 'HEAD') {
      context.header('Allow', 'GET, HEAD');
      return context.text('Nothing can be changed here.\n', 405);
    }
    const authorization = context.req.header('authorization');
    if (password !== null && authorization !== undefined) {
      const address = addressOf(context.env);
      if (guesses.isExhausted(address)) {
        context.header('Retry-After', '60');
        return context.text('Too many wrong passwords; wait a minute.\n', 429);
      }
      if (!isTrusted(authorization)) guesses.failed(address);
    }
    if (!probes.has(path) && !isTrusted(authorization)) {
      context.header('WWW-Authenticate', 'Basic realm="debridfs", charset="UTF-8"');
      return context.text('A password is needed: server.password of the configuration.\n', 401);
    }
    await next();
    return undefined;
  });

  app.get('/healthz', (context) => context.text('ok\n'));
  app.get('/readyz', (context) => {
    const readiness = surface.readiness();
    if (readiness.ready) return context.text('ready\n');
    const told = isTrusted(context.req.header('authorization')) ? readiness.reason : 'Not ready.';
    return context.text(`${scrub(told)}\n`, 503);
  });
  app.get('/api/status', (context) => {
    context.header('Content-Type', 'application/json; charset=utf-8');
    return context.body(scrub(JSON.stringify(surface.status())));
  });
  app.get('/', (context) => context.text('Not yet: there is no status page. Try /api/status.\n', 501));
  app.get('/metrics', (context) => context.text('Not yet: there are no metrics.\n', 501));
  app.notFound((context) => context.text('There is nothing here.\n', 404));
  app.onError((error, context) => {
    logger.error({ err: error, path: context.req.path }, 'A request could not be answered.');
    return context.text('This could not be answered; the log says why.\n', 500);
  });
  return app;
}

/** The address that a request came from. */
function addressOf({ incoming }: HttpBindings): string {
  return incoming.socket.remoteAddress ?? '';
}
