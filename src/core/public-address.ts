import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * Networks of IPv4 that are this machine's, a local network's or nobody's (IANA's registry of special-purpose addresses, read
 * 2026-11). 198.18.0.0/15 is not among them: programs that send a whole machine through a proxy answer every name with
 * addresses of it (observed), and nobody else lives there.
 */
const ownIpv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  // Multicast, reserved and broadcast.
  ['224.0.0.0', 3],
] as const;

/** The same of IPv6. 2001::/32 and 2002::/16 hold addresses of IPv4 and are used by nobody any more. */
const ownIpv6 = [
  ['::', 96],
  // What reaches IPv4 from networks without it, private addresses included, where 64:ff9b::/96 may not (RFC 8215).
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const;

// A list takes addresses of IPv4 that are mapped into IPv6 for what they are (Node documentation).
const own = new BlockList();
for (const [net, bits] of ownIpv4) {
  own.addSubnet(net, bits, 'ipv4');
  // What reaches IPv4 from networks without it (RFC 6052).
  own.addSubnet(`64:ff9b::${net}`, 96 + bits, 'ipv6');
}
for (const [net, bits] of ownIpv6) own.addSubnet(net, bits, 'ipv6');

/** Names that only a local network knows (RFC 6761, 6762, 8375; ICANN reserves `internal`; `lan` and `home` are customary). */
const localName = /^[^.]*$|\.(?:localhost|local|lan|home|internal|home\.arpa)$/;

/** Whether an address can be a server's on the internet. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  return isIP(plain) !== 0 && !own.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

/** Whether a URL's host, with or without brackets, can be on the internet as far as its spelling tells: nobody is asked. */
export function isPublicHost(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$|\.$/g, '$1').toLowerCase();
  return isIP(plain) === 0 ? !localName.test(plain) : isPublicAddress(plain);
}
