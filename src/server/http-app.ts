import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { systemClock } from '../core/clock.js';
import { toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { isLocalHost, knowsPassword } from './access.js';
import { Guesses } from './guesses.js';
import { isLoopback, type ListenAddress } from './listen-address.js';
import { LiveEvents } from './live-events.js';
import { pageFiles } from './page-files.js';
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

/** Sent by the page with what changes something. A page of another origin would have to ask first, and is not answered. */
const pageHeader = 'x-debridfs';

/** So long every password of an address that has guessed too often waits for its answer, in milliseconds. */
const slowMs = 1_000;

/** The paths that a probe asks; they tell strangers no more than yes or no. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/**
 * What `server.listen` answers: health, readiness, status, and the status page. Without a password the Host header must name
 * this machine; with one, everything but the probes asks for it. What the page has done (a sync) needs a header that no other page
 * can have a browser send.
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
    context.header(
      'Content-Security-Policy',
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });
  app.use(async (context, next) => {
    const { method, path } = context.req;
    // A request may name another host than its Host header does, which then does not count (RFC 9112, section 3.2.2).
    const hosts = [context.req.header('host'), new URL(context.req.url).host];
    if (password === null && !(isLoopback(listen.host) && hosts.every(isLocalHost))) {
      return context.text('This address answers to the name localhost only.\n', 403);
    }
    const isOurs = method === 'POST' && path === '/api/sync' && context.req.header(pageHeader) !== undefined;
    if (method !== 'GET' && method !== 'HEAD' && !isOurs) {
      context.header('Allow', 'GET, HEAD');
      return context.text('Nothing can be changed here.\n', 405);
    }
    const authorization = context.req.header('authorization');
    // An empty one is no guess.
    if (password !== null && (authorization ?? '') !== '') {
      const address = addressOf(context.env);
      const isExhausted = guesses.isExhausted(address);
      if (!isTrusted(authorization)) guesses.failed(address);
      // Also the right one: who guesses would know a wrong one by its silence, and need not wait for its answer.
      if (isExhausted) await systemClock.sleep(slowMs);
      if (isExhausted && !isTrusted(authorization)) {
        context.header('Retry-After', '60');
        return context.text('Too many wrong passwords; wait a minute.\n', 429);
      }
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
  const json = (value: unknown, status: ContentfulStatusCode = 200): Response =>
    new Response(scrub(JSON.stringify(value)), {
      status,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
  app.get('/api/status', () => json(surface.status()));
  app.get('/api/history', () => json(surface.history()));
  app.get('/api/tree', (context) => {
    const { path = '/', from = '0' } = context.req.query();
    return json(surface.list(path, /^\d{1,9}$/.test(from) ? Number(from) : 0));
  });
  app.get('/api/explain', (context) => json(surface.explain(context.req.query('path') ?? '/')));
  app.post('/api/sync', async (context) => {
    const accept = context.req.query('accept') ?? false;
    return json(await surface.sync(context.req.raw.signal, accept));
  });
  const events = new LiveEvents(() => scrub(JSON.stringify(surface.status())), systemClock);
  app.get('/api/events', (context) => {
    return new Response(events.stream(context.req.raw.signal), {
      headers: { 'content-type': 'text/event-stream' },
    });
  });
  app.get('/metrics', async (context) =>
    context.body(scrub(await surface.metrics()), 200, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  );
  app.get('*', async (context) => {
    const file = await pageFiles.file(context.req.path);
    if (file === undefined) return context.notFound();
    return context.body(file.text, 200, { 'Content-Type': file.type });
  });
  app.notFound((context) => context.text('There is nothing here.\n', 404));
  app.onError((error, context) => {
    const { code, message } = toAppError(error);
    if (context.req.path.startsWith('/api/') && code !== 'internal')
      return json({ error: { code, message } }, code === 'not-found' ? 404 : 409);
    logger.error({ err: error, path: context.req.path }, 'A request could not be answered.');
    return context.text('This could not be answered; the log says why.\n', 500);
  });
  return app;
}

/** The address that a request came from. */
function addressOf({ incoming }: HttpBindings): string {
  return incoming.socket.remoteAddress ?? '';
}
