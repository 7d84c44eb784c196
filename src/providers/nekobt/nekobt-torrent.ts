/** What nekoBT tells of a torrent. */
import { asId, asInfohash, asList, asNumber, asObject, asSize, asText, type JsonObject } from '../decode.js';

/** A torrent that was found. */
export interface FoundTorrent {
  /** A number beyond 2^53, so kept as text. */
  readonly id: string;
  /** 40 lower-case hex digits. */
  readonly hash: string;
  readonly title: string;
  /** Who made it; empty where nobody is told. */
  readonly groups: readonly string[];
  /** Bytes; null where they are not told. */
  readonly size: number | null;
  /** Language codes. */
  readonly audio: readonly string[];
  readonly subtitles: readonly string[];
  readonly seeders: number | null;
  /** When it was uploaded, wall clock milliseconds; 0 where that is not told. */
  readonly uploadedMs: number;
}

/** Decodes one; null where it has no id, no infohash or no title, or is gone. */
export function decodeTorrent(value: unknown): FoundTorrent | null {
  const torrent = asObject(value);
  const id = asId(torrent?.['id']);
  const hash = asInfohash(torrent?.['infohash']);
  const title = asText(torrent?.['title'])?.trim() ?? '';
  if (
    torrent === null ||
    id === null ||
    hash?.length !== 40 ||
    title === '' ||
    (torrent['deleted'] ?? false) !== false
  )
    return null;
  return {
    id,
    hash,
    title,
    groups: (asList(torrent['groups']) ?? []).flatMap(
      (group) => asText(asObject(group)?.['display_name']) ?? [],
    ),
    size: asSize(torrent['filesize']),
    audio: languages(torrent, 'audio_lang'),
    subtitles: [...new Set([...languages(torrent, 'fsub_lang'), ...languages(torrent, 'sub_lang')])],
    seeders: asSize(torrent['seeders']),
    uploadedMs: asNumber(torrent['uploaded_at']) ?? 0,
  };
}

/** A comma-separated list. */
function languages(torrent: JsonObject, key: string): readonly string[] {
  const text = asText(torrent[key]) ?? '';
  return text.split(',').flatMap((code) => (/^[A-Za-z-]{2,12}$/.test(code.trim()) ? [code.trim()] : []));
}
