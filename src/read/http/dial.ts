import { connect as connectTcp, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { abortable, atMost } from '../../core/abortable.js';
import { systemClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Egress } from '../../core/provider.js';
import { isPublicHost } from '../../core/public-address.js';
import { ObservedFailure } from '../observation.js';
import type { Wire } from './connection.js';
import { maxHeadBytes, parseHead } from './head.js';

/** What is taken from a connection at once, in bytes: as much as libuv asks for by itself. */
const pieceBytes = 64 * 1024;

/** Where a connection leads to. */
export interface Destination {
  readonly isSecure: boolean;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

export function destinationOf({ protocol, hostname, port }: URL): Destination {
  const isSecure = protocol === 'https:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { isSecure, host, port: port === '' ? (isSecure ? 443 : 80) : Number(port) };
}

/** TLS sessions by destination, so that the next handshake is a short one. */
export type Sessions = Pick<Map<string, Buffer>, 'get'> & { set(key: string, session: Buffer): unknown };

/** How one gets out. */
export interface WayOut {
  readonly proxy: URL | null;
  /** Looks up the names of destinations, unless a proxy does. */
  readonly lookup: LookupFunction;
  readonly reach: Egress['reach'];
}

/**
 * Connects, by a proxy where there is one.
 * @param limitMs for all of it, TLS and proxy included.
 * @throws {ObservedFailure} `unreachable`, `silent`, `out-of-reach`. @throws the signal's reason.
 */
export async function dial(
  to: Destination,
  { proxy, lookup, reach }: WayOut,
  sessions: Sessions,
  limitMs: number,
  signal: AbortSignal,
): Promise<Wire> {
  if (reach === 'public' && !isPublicHost(to.host)) throw new ObservedFailure({ kind: 'out-of-reach' });
  const sockets: Socket[] = [];
  const dialling =
    proxy === null ? dialDirectly(to, lookup, sessions, sockets) : dialThrough(proxy, to, sockets);
  const late = (): AppError => new AppError('timeout', 'There is no connection in time.');
  try {
    return await abortable(atMost(systemClock, limitMs, dialling, late), signal);
  } catch (thrown) {
    for (const socket of sockets) socket.destroy();
    signal.throwIfAborted();
    if (thrown instanceof ObservedFailure && thrown.seen.kind === 'out-of-reach') throw thrown;
    const isLate = thrown instanceof AppError && thrown.code === 'timeout';
    throw new ObservedFailure({ kind: isLate ? 'silent' : 'unreachable' });
  }
}

async function dialDirectly(
  to: Destination,
  lookup: LookupFunction,
  sessions: Sessions,
  sockets: Socket[],
): Promise<Wire> {
  let receive: (bytes: Buffer) => boolean = () => false;
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(pieceBytes),
    callback: (count, buffer) => receive((buffer as Buffer).subarray(0, count)),
  };
  const { host, port, isSecure } = to;
  const way = { host, port, onread, lookup };
  const key = `${host}:${port}`;
  const session = sessions.get(key);
  const socket = isSecure
    ? connectTls({ ...way, ...tlsOptions(host), ...(session === undefined ? {} : { session }) })
    : connectTcp(way);
  socket.on('session', (fresh: Buffer) => sessions.set(key, fresh));
  await connected(socket, isSecure ? 'secureConnect' : 'connect', sockets);
  return {
    socket,
    listen: (receiver) => (receive = receiver),
    resume: () => void socket.resume(),
  };
}

async function dialThrough(proxy: URL, to: Destination, sockets: Socket[]): Promise<Wire> {
  const { isSecure, host, port } = destinationOf(proxy);
  const plain = isSecure ? connectTls({ host, port, ...tlsOptions(host) }) : connectTcp({ host, port });
  await connected(plain, isSecure ? 'secureConnect' : 'connect', sockets);
  await openTunnel(plain, proxy, to);
  let socket: Socket = plain;
  if (to.isSecure) {
    socket = connectTls({ socket: plain, ...tlsOptions(to.host) });
    await connected(socket, 'secureConnect', sockets);
  }
  return {
    socket,
    listen: (receive) => {
      socket.on('data', (bytes: Buffer) => {
        if (!receive(bytes)) socket.pause();
      });
    },
    resume: () => void socket.resume(),
  };
}

function tlsOptions(host: string): ConnectionOptions {
  // A name is not to be an address (RFC 6066, section 3).
  return { servername: isIP(host) === 0 ? host : '', ALPNProtocols: ['http/1.1'] };
}

function connected(socket: Socket, event: string, sockets: Socket[]): Promise<void> {
  sockets.push(socket);
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    socket.once(event, resolve).once('error', reject).once('close', reject);
    // What happens later is told to others too.
    socket.on('error', () => undefined);
  });
}

/** Has a proxy connect to a destination (RFC 9110, section 9.3.6). @throws where it does not. */
async function openTunnel(
  socket: Socket,
  { username, password }: URL,
  { host, port }: Destination,
): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const login =
    username === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${login}\r\n`, 'latin1');
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const take = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      if (!text.includes('\r\n\r\n') && text.length <= maxHeadBytes) return;
      socket.off('data', take).pause();
      resolve();
    };
    socket.on('data', take).once('close', reject).once('end', reject);
  });
  const end = text.indexOf('\r\n\r\n');
  const { status } = parseHead(text.slice(0, Math.max(0, end)));
  // Nothing comes through a tunnel before something was sent.
  if (status < 200 || status > 299 || end + 4 < text.length)
    throw new ObservedFailure({ kind: 'unreachable' });
}
