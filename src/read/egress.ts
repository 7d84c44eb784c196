import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { Egress } from '../core/provider.js';

/** Time to a connection, TLS included, in milliseconds: as long as a request may be silent, of which it is a part. */
const connectTimeoutMs = 10_000;
/** How long an idle connection is kept, in milliseconds: a seek comes within seconds, and hosts close after about a minute. */
const keepAliveMs = 20_000;

/**
 * The way out to an account's file hosts: its pool of connections, by its proxy where it has one.
 * @param connections the most to one host.
 */
export function createEgress({ proxyUrl }: Egress, connections: number): Dispatcher {
  const pool = { connections, keepAliveTimeout: keepAliveMs };
  const timeout = { timeout: connectTimeoutMs };
  if (proxyUrl === null) return new Agent({ ...pool, connect: { ...timeout, lookup: lookupRealAddress } });
  return new ProxyAgent({ ...pool, connect: timeout, uri: proxyUrl });
}

type LookupDone = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/**
 * Looks a host name up, without the addresses that mean "nowhere": some file hosts of AllDebrid resolve to 0.0.0.0
 * (observed, 2026-11), which would reach this machine itself.
 */
function lookupRealAddress(hostname: string, options: LookupOptions, done: LookupDone): void {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const real =
      error === null ? found.filter(({ address }) => address !== '0.0.0.0' && address !== '::') : [];
    const first = real[0];
    if (error !== null) {
      done(error, []);
    } else if (first === undefined) {
      const nowhere: NodeJS.ErrnoException = new Error('The host name leads nowhere.');
      nowhere.code = 'ENOTFOUND';
      done(nowhere, []);
    } else if (options.all === true) {
      done(null, real);
    } else {
      done(null, first.address, first.family);
    }
  });
}
