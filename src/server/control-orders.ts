/** What the control socket does for `debridfs add` and `debridfs remove`. */
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { AccountOrders, AddOrder, ItemName } from '../core/adding.js';
import { AppError } from '../core/errors.js';

/** A .torrent file of 10 MiB in base64, and room for the rest. */
const maxBodyBytes = 16 * 2 ** 20;

const lists = ['torrents', 'usenet', 'webdl', 'downloads', 'saved', 'history', 'links'] as const;

const itemShape = z.object({ account: z.string(), list: z.enum(lists), itemId: z.string() });
const orderShape = z.object({
  torrent: z.object({
    hash: z.string().regex(/^[\da-f]{40}$/),
    magnet: z.string(),
    /** In base64. */
    file: z.string().nullable(),
  }),
  files: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('videos') }),
    z.object({ kind: z.literal('all') }),
    z.object({ kind: z.literal('numbers'), numbers: z.array(z.number()).readonly() }),
    z.object({ kind: z.literal('pattern'), pattern: z.string() }),
  ]),
  account: z.string().nullable(),
});

const linkShape = z.object({
  account: z.string(),
  url: z.string(),
  name: z.string().nullable(),
  password: z.string().nullable(),
});

/** An order as it travels. */
export type SentOrder = z.infer<typeof orderShape>;

/** Adds the routes. Who goes away while something is added has it given up, and undone. */
export function serveOrders(app: Hono, orders: AccountOrders, json: (value: unknown) => Response): void {
  app.post('/orders/add', async (context) => {
    const { torrent, ...sent } = await bodyOf(context, orderShape);
    const file = torrent.file === null ? null : Buffer.from(torrent.file, 'base64');
    const order: AddOrder = { ...sent, torrent: { ...torrent, file } };
    return json(await orders.add(order, context.req.raw.signal));
  });
  app.post('/orders/progress', async (context) =>
    json(await orders.progressOf(itemIn(context), context.req.raw.signal)),
  );
  app.post('/orders/holders', async (context) =>
    json(await orders.holders(word(context, 'torrent'), context.req.raw.signal)),
  );
  app.post('/orders/remove', async (context) => {
    await orders.remove(itemIn(context), word(context, 'torrent'), context.req.raw.signal);
    return json({});
  });
  app.post('/orders/link', async (context) => {
    const { account, ...link } = await bodyOf(context, linkShape);
    await orders.addLink(account, link, context.req.raw.signal);
    return json({});
  });
  app.post('/orders/link-dropped', async (context) => {
    await orders.linkDropped(word(context, 'torrent'), context.req.raw.signal);
    return json({});
  });
  app.post('/orders/shown', async (context) =>
    json(await orders.shown(word(context, 'account'), word(context, 'torrent'), context.req.raw.signal)),
  );
}

function word(context: Context, name: string): string {
  return context.req.query(name) ?? '';
}

function itemIn(context: Context): ItemName {
  return understood(itemShape, context.req.query());
}

async function bodyOf<Shape extends z.ZodType>(context: Context, shape: Shape): Promise<z.output<Shape>> {
  if (!(Number(context.req.header('content-length') ?? 'none') <= maxBodyBytes))
    throw new AppError('invalid', 'This is longer than any order.');
  return understood(shape, await context.req.json().catch(() => null));
}

function understood<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const told = shape.safeParse(value);
  if (told.success) return told.data;
  throw new AppError(
    'invalid',
    'The running debridfs does not understand this order. Is it of another version?',
  );
}
