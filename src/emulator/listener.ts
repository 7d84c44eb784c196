import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import type { Bans } from './bans.js';
import type { EmulatorClock } from './clock.js';
import type { FaultAction, Faults } from './faults.js';
import { Refused, textReply, type ReceivedRequest, type Reply } from './reply.js';
import type { OpenEntry, RequestLog } from './request-log.js';
import type { HostName } from './roles.js';
import { gone, sendBody } from './send-body.js';
import { answerInstead, sendPlan, spoilReply, spoilRequest } from './spoil.js';

/** What answers behind a listener. */
export interface Handler {
  /** Token of the account that a request is for, as far as it tells. */
  account(request: ReceivedRequest): string | null;
  /** @throws {Refused} to answer with the reply in it. */
  handle(request: ReceivedRequest): Reply;
}

/** What all listeners share. */
export interface ListenerContext {
  readonly clock: EmulatorClock;
  readonly faults: Faults;
  readonly bans: Bans;
  readonly log: RequestLog;
  /** Whether `X-Fake-Client-IP` is believed. */
  readonly fakeClientIp: () => boolean;
}

/** A listening server. */
export interface Listener {
  /** `http://address:port`. */
  readonly origin: string;
  /** How many connections are open. */
  connections(): number;
  /** Cuts every connection; new ones are served. */
  cut(): void;
  /** Cuts every connection, for good. */
  stop(): Promise<void>;
}

/** Starts an HTTP server for one host; port 0 picks a free one. */
export async function startListener(
  host: HostName,
  handler: Handler,
  context: ListenerContext,
  address: string,
  port: number,
): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void serve(host, handler, context, request, response);
  });
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket.on('close', () => open.delete(socket)));
    if (context.faults.refusesConnection(host)) socket.resetAndDestroy();
  });
  await listen(server, address, port);
  const bound = server.address() as AddressInfo;
  return {
    origin: `http://${address.includes(':') ? `[${address}]` : address}:${bound.port}`,
    connections: () => open.size,
    cut: () => server.closeAllConnections(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(
  host: HostName,
  handler: Handler,
  context: ListenerContext,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = message.url?.startsWith('/') === true ? message.url : '/';
  const url = new URL(`http://emulator.invalid${target}`);
  const clientIp = clientAddress(message, context);
  const method = message.method ?? 'GET';
  const entry = context.log.begin({
    host,
    method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: message.headers,
    clientIp,
  });
  const closed = new AbortController();
  response.on('close', () => closed.abort());
  // Without a listener, writing to a client that has just gone would end the process.
  response.on('error', () => closed.abort());
  const { signal } = closed;
  const { pathname: path, searchParams: query } = url;
  let reply: Reply | null = null;
  let bytesSent = 0;
  let whole = false;
  try {
    const body = await buffer(message);
    context.clock.catchUp();
    const request = { method, path, query, headers: message.headers, body, clientIp };
    const answered = await answer(host, handler, context, request, entry, signal);
    reply = answered.reply;
    const sent = (bytes: number): number => (bytesSent += bytes);
    if (reply === null) message.socket.resetAndDestroy();
    else whole = await respond(request, reply, answered.action, response, sent, signal);
  } catch (error) {
    const isClientGone = signal.aborted || !message.complete;
    if (!isClientGone) process.emitWarning(error instanceof Error ? error : String(error));
  } finally {
    reply?.finished?.(bytesSent);
    entry.end({ status: reply?.status ?? null, bytesSent, aborted: !whole });
    if (!whole) response.socket?.destroySoon();
  }
}

/** What the request gets; a null reply is a destroyed connection. */
async function answer(
  host: HostName,
  handler: Handler,
  context: ListenerContext,
  request: ReceivedRequest,
  entry: OpenEntry,
  signal: AbortSignal,
): Promise<{ readonly action: FaultAction | null; readonly reply: Reply | null }> {
  const account = handler.account(request);
  const { path, query } = entry.entry;
  const target = query === '' ? path : `${path}?${query}`;
  const fault = context.faults.forRequest({ host, method: request.method, target, account });
  entry.told({ account, fault: fault?.id ?? null, body: request.body.toString('utf8', 0, 65_536) });
  const action = fault?.action ?? null;
  if (action?.kind === 'refuse') return { action, reply: null };
  if (action?.kind === 'hang') return gone(signal);
  if (action?.kind === 'delayHeaders') await delay(action.ms, undefined, { signal });
  const banned = context.bans.answer(account, request.clientIp);
  if (banned === 'hang') return gone(signal);
  const instead = banned ?? answerInstead(request, action);
  if (instead !== null) return { action, reply: instead };
  const reply = ask(handler, spoilRequest(request, action));
  if (reply.charged === true) entry.told({ charged: true });
  return { action, reply: await spoilReply(request, reply, action) };
}

function ask(handler: Handler, request: ReceivedRequest): Reply {
  try {
    return handler.handle(request);
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return textReply(500, 'text/plain', `The emulator itself failed: ${text}\n`);
  }
}

/** Sends a reply; false where it did not go out whole. */
async function respond(
  request: ReceivedRequest,
  reply: Reply,
  action: FaultAction | null,
  response: ServerResponse,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const bodiless = reply.status === 204 || reply.status === 304;
  const length = bodiless || reply.omitLength === true ? {} : { 'Content-Length': reply.end - reply.start };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  const headOnly = bodiless || request.method === 'HEAD';
  const whole = headOnly || (await sendBody(response, reply, sendPlan(action), sent, signal));
  if (!whole) return false;
  await new Promise<void>((resolve) => {
    response.once('close', resolve).end(resolve);
  });
  return response.writableFinished;
}

function clientAddress(message: IncomingMessage, context: ListenerContext): string {
  const told = message.headers['x-fake-client-ip'];
  if (context.fakeClientIp() && typeof told === 'string') return told;
  return message.socket.remoteAddress ?? '';
}
