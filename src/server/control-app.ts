import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { toAppError, type ErrorCode, type ErrorContext } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { serveOrders } from './control-orders.js';
import type { Surface } from './surface.js';

/** How a failure travels over the control socket. */
export interface ControlFailure {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    /** A process of an older version does not tell it. */
    readonly context?: ErrorContext;
  };
}

export interface ControlOptions {
  readonly surface: Surface;
  /** Takes secrets out of an answer, should one have got there. */
  readonly scrub: (text: string) => string;
  readonly logger: Logger;
}

/** What the control socket answers: the commands of the owner of the process. */
export function createControlApp({ surface, scrub, logger }: ControlOptions): Hono {
  const app = new Hono();
  const json = (value: unknown, status: ContentfulStatusCode = 200): Response =>
    new Response(scrub(JSON.stringify(value)), { status, headers: { 'content-type': 'application/json' } });

  app.get('/status', () => json(surface.status()));
  app.post('/sync', async (context) => {
    const { accept, acceptOf } = context.req.query();
    return json(await surface.sync(context.req.raw.signal, acceptOf ?? accept === 'true'));
  });
  app.get('/explain', (context) => json(surface.explain(context.req.query('path') ?? '/')));
  app.post('/overrides', async () => {
    await surface.reloadOverrides();
    return json({});
  });
  serveOrders(app, surface.orders, json);
  app.post('/retag', async (context) => {
    const { path = '', dry } = context.req.query();
    return json(await surface.retag(path, dry !== undefined));
  });
  app.post('/unmount', () => {
    surface.stop();
    return json({}, 202);
  });
  app.notFound(() => {
    const failure: ControlFailure = {
      error: {
        code: 'not-yet',
        message: 'The running debridfs is of another version and does not know this.',
      },
    };
    return json(failure, 404);
  });
  app.onError((thrown) => {
    const { code, message, context } = toAppError(thrown);
    if (code === 'internal') logger.error({ err: thrown }, 'A command could not be answered.');
    const failure: ControlFailure = { error: { code, message, context } };
    return json(failure, code === 'not-found' ? 404 : 500);
  });
  return app;
}
