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
])('%s is, by %j, %s', (path, pairs, expected) => {
  expect(pathMap('/mnt/debrid/', pairs)(path)).toBe(expected);
});
