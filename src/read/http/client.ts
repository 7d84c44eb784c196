import { lookup } from 'node:dns';
import { LRUCache } from 'lru-cache';
import type { Egress } from '../../core/provider.js';
import { ObservedFailure } from '../observation.js';
import { HttpConnection, type Patience } from './connection.js';
import { destinationOf, dial, type Destination, type Sessions, type WayOut } from './dial.js';
import type { ResponseHead } from './head.js';
import { reachableAddresses } from './reachable-addresses.js';

/** A response, of which the body is to be read to its end or destroyed. */
export interface HttpResponse {
  readonly head: ResponseHead;
  readonly body: HttpBody;
}

export interface HttpBody {
  /** See `HttpConnection.fill`. */
  fill(into: Buffer, goesOn?: () => boolean): Promise<number>;
  /** Ends what is left of it. @returns how many bytes had come and were not taken. */
  destroy(): number;
}

/** TLS sessions remembered: each host of a service has some dozens of servers. */
const keptSessions = 200;

export interface HttpClientOptions {
  /** Looks names up; the machine's way unless told. */
  readonly resolve?: typeof lookup;
  /** Hears of every answer: its status, or `failed`, and how long its head took. */
  readonly onHead?: (outcome: number | 'failed', seconds: number) => void;
}

const closed = (): ObservedFailure => new ObservedFailure({ kind: 'cut' });

/**
 * The way out to an account's file hosts, by its proxy where it has one: sends GETs over connections that it keeps for the next ones.
 * As many are open as there are responses that are not over, and some idle ones.
 */
export class HttpClient {
  readonly #wayOut: WayOut;
  readonly #patience: Patience;
  readonly #sessions: Sessions = new LRUCache({ max: keptSessions });
  /** Every connection that is open, by destination. */
  readonly #connections = new Map<string, Set<HttpConnection>>();
  #isClosed = false;

  readonly #onHead: NonNullable<HttpClientOptions['onHead']>;

  constructor({ proxyUrl, reach }: Egress, patience: Patience, options: HttpClientOptions = {}) {
    const { resolve = lookup, onHead = () => undefined } = options;
    this.#onHead = onHead;
    const proxy = proxyUrl === null ? null : new URL(proxyUrl);
    this.#wayOut = { proxy, lookup: reachableAddresses(reach, resolve), reach };
    this.#patience = patience;
  }

  /**
   * Sends a GET and waits for the head of its response.
   * @param url of `http:` or `https:`. @param fields besides the host; neither names nor values hold a line break.
   * @param signal ends the response too, while its body is not over.
   * @throws {ObservedFailure} `unreachable`, `out-of-reach`, `silent`, `cut`, `garbled`. @throws the signal's reason.
   */
  async get(url: URL, fields: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResponse> {
    const lines = Object.entries({ host: url.host, ...fields }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    const text = `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
    const to = destinationOf(url);
    const startMs = performance.now();
    try {
      const response = await this.#answer(to, text, signal);
      this.#onHead(response.head.status, (performance.now() - startMs) / 1000);
      return response;
    } catch (thrown) {
      if (!signal.aborted) this.#onHead('failed', (performance.now() - startMs) / 1000);
      throw thrown;
    }
  }

  /** Ends all connections, and the responses that are not over. */
  close(): void {
    this.#isClosed = true;
    for (const connections of this.#connections.values())
      for (const one of connections) one.destroy(closed());
    this.#connections.clear();
  }

  async #answer(to: Destination, text: string, signal: AbortSignal): Promise<HttpResponse> {
    for (;;) {
      const kept = this.#idleOf(to);
      const connection = kept ?? (await this.#connect(to, signal));
      try {
        return await this.#exchange(connection, text, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        // A host may end a connection just when the next request is on its way to it.
        const isStale = kept !== undefined && !connection.hasReceived;
        if (!isStale || !(thrown instanceof ObservedFailure) || thrown.seen.kind !== 'cut') throw thrown;
      }
    }
  }

  async #exchange(connection: HttpConnection, text: string, signal: AbortSignal): Promise<HttpResponse> {
    let isOver = false;
    const abort = (): void => connection.destroy(signal.reason);
    const finish = (): void => {
      isOver = true;
      signal.removeEventListener('abort', abort);
    };
    const destroy = (): number => {
      if (isOver) return 0;
      finish();
      connection.destroy(closed());
      return connection.untakenBytes;
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      const head = await connection.request(text, finish);
      const fill: HttpBody['fill'] = (into, goesOn) =>
        isOver ? Promise.resolve(0) : connection.fill(into, goesOn);
      return { head, body: { fill, destroy } };
    } catch (thrown) {
      destroy();
      throw thrown;
    }
  }

  #idleOf(to: Destination): HttpConnection | undefined {
    return [...(this.#connections.get(keyOf(to)) ?? [])].find(({ isIdle }) => isIdle);
  }

  async #connect(to: Destination, signal: AbortSignal): Promise<HttpConnection> {
    const wire = await dial(to, this.#wayOut, this.#sessions, this.#patience.silenceMs, signal);
    const connection = new HttpConnection(wire, this.#patience);
    if (this.#isClosed) connection.destroy(closed());
    const key = keyOf(to);
    const ofDestination = this.#connections.get(key) ?? new Set();
    this.#connections.set(key, ofDestination.add(connection));
    wire.socket.once('close', () => {
      ofDestination.delete(connection);
      if (ofDestination.size === 0 && this.#connections.get(key) === ofDestination)
        this.#connections.delete(key);
    });
    return connection;
  }
}

function keyOf({ isSecure, host, port }: Destination): string {
  return `${isSecure ? 'https' : 'http'}://${host}:${port}`;
}
