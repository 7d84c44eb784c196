import { isIPv4, isIPv6 } from 'node:net';

/** Where an HTTP server listens. Port 0 picks a free one. */
export interface ListenAddress {
  /** An address or a host name, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, `[ipv6]:port` or `:port` (which is on loopback); undefined where it is none of these. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]*)):(\d{1,5})$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, bracketed, plain = '', digits] = match;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { host: bracketed, port } : undefined;
  if (/^[\d.]+$/.test(plain) && !isIPv4(plain)) return undefined;
  return { host: plain === '' ? '127.0.0.1' : plain, port };
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase();
  return plain === 'localhost' || plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

/** `http://127.0.0.1:8484`. An address that means all interfaces is told as loopback, where it can be reached. */
export function urlOf({ host, port }: ListenAddress): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}
