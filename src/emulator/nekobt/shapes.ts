import type { CatalogueMedia, CatalogueTorrent } from './catalogue.js';
import type { NekobtKnobs } from './knobs.js';

/** An episode that no series has. */
const foreignEpisode = '999999999';

/** What a list tells of a torrent: most numbers are texts (documented). */
export function summaryOf(listed: CatalogueTorrent, knobs: NekobtKnobs): object {
  const { id, torrent, title, mediaId, group, seeders, audio, subtitles, uploadedMs } = listed;
  const size = torrent.files.reduce((sum, file) => sum + file.size, 0);
  const is = knobs.oldTitles ? '-' : '=';
  return {
    id,
    uploaded_at: String(uploadedMs),
    title,
    infohash: torrent.hash,
    magnet: `magnet:?xt=urn:btih:${torrent.hash}&dn=${encodeURIComponent(torrent.name)}`,
    private_magnet: null,
    media_id: knobs.mediaUnknown ? null : mediaId,
    media_episode_ids: episodeIds(listed, knobs),
    description: null,
    filesize: String(size),
    category: 1,
    level: 1,
    otl: false,
    hardsub: false,
    mtl: false,
    ...(knobs.batchAbsent ? {} : { batch: torrent.files.length > 1 }),
    deleted: null,
    hidden: false,
    waiting_approve: listed.isWaiting === true,
    auto_title: `${title} {Tags:L1;V9;C1;A${is}${audio};F${is}${subtitles};}`,
    audio_lang: audio,
    sub_lang: '',
    fsub_lang: subtitles,
    video_codec: 1,
    video_type: 9,
    anonymous: false,
    upgraded: null,
    uploader: null,
    seeders: String(seeders),
    leechers: '0',
    completed: '0',
    groups: [
      { id: '7310256402349064193', display_name: group, name: group.toLowerCase(), uploading_group: true },
    ],
    imported: null,
  };
}

/** All that is told of one torrent. */
export function detailsOf(listed: CatalogueTorrent, knobs: NekobtKnobs): object {
  let offset = 0;
  const files = listed.torrent.files.map(({ path, size }) => {
    const file = { path, name: path.split('/').at(-1), length: size, offset };
    offset += size;
    return file;
  });
  return {
    ...summaryOf(listed, knobs),
    mediainfo: null,
    files,
    activity: '0',
    torrent_health: '100',
    animetosho: null,
  };
}

export function mediaOf(media: CatalogueMedia, knobs: NekobtKnobs): object {
  const { title, year, tvdbId, tmdbId, imdbId } = media;
  const episodes = media.episodes.map(({ absolute, ...episode }) => ({
    ...episode,
    ...(absolute === undefined || knobs.absoluteAbsent ? {} : { absolute }),
    overview: '',
    runtime: 24,
    airDateUtc: '2025-09-25T15:30:00Z',
    tvdbId: episode.id + 1_000_000,
  }));
  return {
    title,
    year,
    genres: ['Animation', 'Anime'],
    overview: '',
    status: 'continuing',
    banner_url: null,
    runtime: 24,
    tvdbId,
    tmdbId,
    imdbId,
    alternate_titles: [],
    notes: null,
    // Documented for series; films have none.
    ...(media.id.startsWith('m') ? {} : { episodes }),
    groups: [],
  };
}

function episodeIds({ episodeIds: ids }: CatalogueTorrent, knobs: NekobtKnobs): readonly string[] {
  return [...ids.map(String), ...(knobs.foreignEpisode ? [foreignEpisode] : [])];
}
