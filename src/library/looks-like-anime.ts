/** Whether a torrent is worth asking a catalogue of anime about. */
import type { TorrentFacts } from './facts.js';
import { noOverrides } from './overrides.js';
import { weigh } from './weigh.js';

/** Only what has an infohash, of which the names of some film or episode look like anime's. */
export function looksLikeAnime(facts: TorrentFacts): boolean {
  if (!/^[0-9a-f]{40}$/.test(facts.torrent)) return false;
  return weigh(facts, noOverrides).decisions.some(({ video }) => video.anime);
}
