import { expect, it } from 'vitest';
import { pathMap } from '../../src/notify/path-map.js';

it.each([
  ['/movies/A', {}, '/mnt/debrid/movies/A'],
  ['/movies/A', { '/mnt/debrid': '/media' }, '/media/movies/A'],
  ['/movies/A', { '/mnt/debrid/': '/media/', '/mnt/debrid/movies': '/films' }, '/films/A'],
  ['/movies2/A', { '/mnt/debrid/movies': '/films' }, null],
  ['/movies/A', { '/mnt/debrid': '/' }, '/movies/A'],
  ['/all/A', {}, null],
  ['/all', { '/mnt/debrid': '/media' }, null],
  ['/all/A', { '/mnt/debrid/all': '/raw' }, '/raw/A'],
  ['/all/A', { '/mnt/debrid': '/media', '/mnt/debrid/all': '/raw' }, '/raw/A'],
  ['/accounts/rd/A', { '/mnt/debrid': '/media', '/mnt/debrid/all': '/raw' }, null],
  ['/all/B', { '/mnt/debrid': '/media', '/mnt/debrid/all/A': '/raw' }, null],
  ['/alligators', { '/mnt/debrid': '/media' }, '/media/alligators'],
  // Servers on Windows, which know no path that mixes slashes.
  ['/movies/A/a.mkv', { '/mnt/debrid': 'D:\\Media' }, 'D:\\Media\\movies\\A\\a.mkv'],
  ['/movies/A', { '/mnt/debrid': '\\\\nas\\media\\' }, '\\\\nas\\media\\movies\\A'],
  ['/movies/A', { '/mnt/debrid': 'D:\\' }, 'D:\\movies\\A'],
  ['/movies', { '/mnt/debrid/movies': 'D:\\' }, 'D:\\'],
  ['/movies', { '/mnt/debrid/movies': 'D:\\Films\\' }, 'D:\\Films'],
  ['/movies', { '/mnt/debrid/movies': '/' }, '/'],
  ['/movies/A', { '/mnt/debrid': 'D:/Media' }, 'D:/Media/movies/A'],
  ['/movies/A', { '/mnt/debrid': '/srv/odd\\name' }, '/srv/odd\\name/movies/A'],
  ['/movies/A', { '/mnt/debrid': 'smb://nas/debrid' }, 'smb://nas/debrid/movies/A'],
])('%s is, by %j, %s', (path, pairs, expected) => {
  expect(pathMap('/mnt/debrid/', pairs)(path)).toBe(expected);
});
