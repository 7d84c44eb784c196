import { expect, test } from 'vitest';
import { understood } from '../../../src/fuse/keeper/worker-message.js';

const session = { minor: 40, maxReadBytes: 2 ** 20, resends: true };
const mounted = { mountpoint: '/mnt/debrid', device: '0:77', session };

test('what a worker says is understood', () => {
  expect(understood({ kind: 'ready' })).toEqual({ kind: 'ready' });
  expect(understood({ kind: 'mounted', mounted: null })).toEqual({ kind: 'mounted', mounted: null });
  const told = { kind: 'mounted', mounted: { ...mounted, more: 1 } };
  expect(understood(told)).toEqual({ kind: 'mounted', mounted });
});

test.each([
  ['nothing', null],
  ['a text', 'ready'],
  ['another kind', { kind: 'exec' }],
  ['no mount', { kind: 'mounted' }],
  [
    'a device that leads out of its folder',
    { kind: 'mounted', mounted: { ...mounted, device: '0:../../etc' } },
  ],
  ['a device that is a number', { kind: 'mounted', mounted: { ...mounted, device: 77 } }],
  ['a path from nowhere', { kind: 'mounted', mounted: { ...mounted, mountpoint: 'mnt' } }],
  ['no session', { kind: 'mounted', mounted: { ...mounted, session: null } }],
  ['half a session', { kind: 'mounted', mounted: { ...mounted, session: { minor: 40 } } }],
  ['a broken number', { kind: 'mounted', mounted: { ...mounted, session: { ...session, minor: 1.5 } } }],
])('a worker that says %s is not heard', (_, message) => {
  expect(understood(message)).toBeNull();
});
