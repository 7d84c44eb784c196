import { describe, expect, it } from 'vitest';
import { isPublicAddress, isPublicHost } from '../../src/core/public-address.js';

/** A URL's host as it is after parsing, which undoes most disguises. */
const hostOf = (host: string): string => new URL(`http://${host}/`).hostname;

describe('an address that a public API may not send anybody to', () => {
  it.each([
    ['this machine', ['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '[::1]', '[::]']],
    [
      'this machine, disguised',
      ['127.1', '2130706433', '0x7f.1', '0177.0.0.1', '１２７.0.0.1', '127.0.0.1.', '0'],
    ],
    ['this machine as IPv6', ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]']],
    ['this machine by name', ['localhost', 'LOCALHOST', 'localhost.', 'a.localhost']],
    [
      'a local network',
      ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '[fd00::1]', '[fc00::1]'],
    ],
    [
      'a local network as IPv6',
      [
        '[::ffff:192.168.1.1]',
        '[64:ff9b::192.168.1.1]',
        '[64:ff9b:1::192.168.1.1]',
        '[64:ff9b:1:ffff::a00:1]',
        '[2002:c0a8:101::1]',
      ],
    ],
    [
      'a local network by name',
      ['nas', 'nas.local', 'nas.lan', 'router.home', 'db.internal', 'a.home.arpa.'],
    ],
    [
      'what a cloud tells its machines',
      ['169.254.169.254', '[::ffff:a9fe:a9fe]', '[fe80::1]', '[fd00:ec2::254]'],
    ],
    ['a provider of many', ['100.64.0.1', '100.127.255.255', '192.0.0.8']],
    [
      'everybody or nobody',
      ['224.0.0.1', '239.255.255.250', '255.255.255.255', '240.0.0.1', '[ff02::1]', '[100::1]'],
    ],
  ])('%s', (_name, hosts) => {
    expect(hosts.filter((host) => isPublicHost(hostOf(host)))).toEqual([]);
  });

  it('is none of the internet, nor the addresses that a proxy of the whole machine gives out', () => {
    const hosts = [
      '1.1.1.1',
      '172.15.0.1',
      '172.32.0.1',
      '100.128.0.1',
      '169.253.0.1',
      '198.18.0.7',
      '223.255.255.254',
    ];
    const others = [
      '[2606:4700::1111]',
      '[64:ff9b::101:101]',
      '[64:ff9b:2::101:101]',
      'store-031.weur.tb-cdn.st',
      'a.example.',
      'x.locals',
    ];
    expect([...hosts, ...others].filter((host) => !isPublicHost(hostOf(host)))).toEqual([]);
  });

  it('is what is no address at all, and one with a zone', () => {
    expect(['', 'x', '1.2.3', 'fe80::1%eth0', '127.0.0.1%x'].filter(isPublicAddress)).toEqual([]);
  });
});
