import { createHash } from 'node:crypto';
import { contentBytes } from '../../src/emulator/content.js';
import { hosterLink, type World, type WorldAccount, type WorldLink } from '../../src/emulator/world.js';

/** A page of a video site; its qualities with their sizes, the best first. */
function pageOf(id: string, qualities: readonly (readonly [string, number])[]): WorldLink {
  const files = qualities.map(([quality, size]) => {
    return { quality, file: { path: `Video.${quality}.mp4`, size, content: null } };
  });
  const [[name, size] = ['none', 0]] = qualities;
  const over = { isSizeTold: false, qualities: files };
  return hosterLink(`https://video.test/watch/${id}`, { path: `Video.${name}.mp4`, size }, over);
}

export const film = hosterLink('https://hoster.test/f/film', { path: 'A.Film.2020.mkv', size: 1000 });
export const episode = hosterLink('https://www.hoster.test/f/e1', { path: 'Show.S01E01.mkv', size: 100 });
export const untold = hosterLink(
  'https://hoster.test/f/untold',
  { path: 'Untold.mkv', size: 200 },
  { isSizeTold: false },
);
export const locked = hosterLink(
  'https://hoster.test/f/locked',
  { path: 'Locked.mkv', size: 300 },
  { password: 'sesame' },
);
/** In three qualities, the best first; the last has a name, not a number. */
export const video = pageOf('three', [
  ['1080p', 90],
  ['720p', 70],
  ['mp3', 10],
]);
/** There is nothing to choose. */
export const clip = pageOf('one', [['480p', 40]]);
/** No service of the tests takes it. */
export const foreign = hosterLink('https://foreign.test/f/1', { path: 'Foreign.mkv', size: 1 });
/** Of a host that is known, but there is nothing under it. */
export const nowhere = 'https://hoster.test/f/nowhere';

export const folder = 'https://hoster.test/folder/season';
export const container = 'https://elsewhere.test/season.dlc';
export const redirector = 'https://guard.test/go/1';

/** A file hoster, a video site, and what leads to them, with one account of a service. */
export function hosterWorld(account: WorldAccount): World {
  return {
    accounts: [account],
    hosters: [
      { domain: 'hoster.test', services: ['real-debrid', 'alldebrid', 'torbox'] },
      { domain: 'video.test', services: ['real-debrid', 'alldebrid'] },
      { domain: 'portal.test', services: ['storage-portal'] },
    ],
    links: [film, episode, untold, locked, video, clip, foreign],
    bundles: [
      { kind: 'folder', url: folder, links: [film.url, episode.url] },
      { kind: 'container', url: container, links: [film.url, locked.url] },
      { kind: 'redirector', url: redirector, links: [film.url, locked.url] },
      { kind: 'redirector', url: 'https://guard.test/go/empty', links: [] },
    ],
  };
}

/** By which TorBox knows a link, and under which its bytes are made. */
export function hashOf(url: string): string {
  return createHash('md5').update(url).digest('hex');
}

/** The bytes of a link's file, or of one of its qualities. */
export function bytesOf(link: WorldLink, file = link.file): Buffer {
  return contentBytes(hashOf(link.url), file.path, 0, file.size);
}
