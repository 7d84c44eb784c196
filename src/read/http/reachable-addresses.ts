import type { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Egress } from '../../core/provider.js';
import { isPublicAddress } from '../../core/public-address.js';
import { ObservedFailure } from '../observation.js';

/**
 * Looks host names up for a connection, without the addresses that mean "nowhere": some file hosts of AllDebrid resolve to
 * 0.0.0.0 (observed, 2026-11), which would reach this machine itself. Where only the public ones may be reached, all others are
 * left out too. What was checked is what is connected to, so a name cannot change its mind in between.
 *
 * Fails with `out-of-reach` where a name has addresses, but none that may be reached.
 */
export function reachableAddresses(reach: Egress['reach'], resolve: typeof lookup): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        done(error, []);
        return;
      }
      const real = found.filter(({ address }) => address !== '0.0.0.0' && address !== '::');
      const [first, ...others] =
        reach === 'any' ? real : real.filter(({ address }) => isPublicAddress(address));
      if (first === undefined) {
        const nowhere: NodeJS.ErrnoException = new Error('The host name leads nowhere.');
        done(real.length === 0 ? nowhere : new ObservedFailure({ kind: 'out-of-reach' }), []);
      } else if (options.all === true) {
        done(null, [first, ...others]);
      } else {
        done(null, first.address, first.family);
      }
    });
  };
}
