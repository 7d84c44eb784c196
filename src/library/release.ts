/** What a release name says about title and quality, as `@viren070/parse-torrent-title` reads it. */
import { parseTorrentTitle, type ParsedResult } from '@viren070/parse-torrent-title';
import type { PreparedText } from './release-text.js';

/** Every field is as the name tells it, untrusted text included; null or empty where it tells nothing. */
export interface Release {
  readonly title: string;
  readonly year: number | null;
  /** `1080p`, `2160p`, … */
  readonly resolution: string | null;
  /** `BluRay`, `WEB-DL`, `BluRay REMUX`, … */
  readonly source: string | null;
  readonly codec: string | null;
  /** `DV`, `HDR`, … */
  readonly hdr: readonly string[];
  readonly editions: readonly string[];
  readonly group: string | null;
  /** Of the sound, ISO 639-1. */
  readonly languages: readonly string[];
}

const nothing: Release = {
  title: '',
  year: null,
  resolution: null,
  source: null,
  codec: null,
  hdr: [],
  editions: [],
  group: null,
  languages: [],
};

/** Reads a prepared name. Never throws: what the parser chokes on says nothing. */
export function parseRelease(prepared: PreparedText): Release {
  const { text, leadingGroup } = prepared;
  const parsed = tryParse(leadingGroup === null ? text : `[${leadingGroup}] ${text}`);
  if (parsed === null) return { ...nothing, group: leadingGroup };
  const year = /^\d{4}$/.test(parsed.year ?? '') ? Number(parsed.year) : null;
  const resolution = parsed.resolution === '4k' ? '2160p' : (parsed.resolution ?? '');
  return {
    title: parsed.title ?? '',
    year,
    resolution: /^(?:240|360|480|540|576|720|1080|1440|2160|4320)p$/.test(resolution) ? resolution : null,
    source: parsed.quality ?? null,
    codec: parsed.codec ?? null,
    hdr: parsed.hdr ?? [],
    editions: parsed.editions ?? [],
    group: leadingGroup ?? trailingGroup(text, parsed.group ?? ''),
    languages: (parsed.languages ?? []).filter((language) => /^[a-z]{2}$/.test(language)),
  };
}

/** A single letter is what is left of a word that the parser took apart. */
function trailingGroup(text: string, group: string): string | null {
  return group.length < 2 || text.startsWith(`[${group}]`) ? null : group;
}

function tryParse(text: string): ParsedResult | null {
  try {
    return parseTorrentTitle(text);
  } catch {
    return null;
  }
}

/** A release with what it does not tell about quality filled in from those around it, nearest first. */
export function completeRelease(release: Release, around: readonly Release[]): Release {
  const all = [release, ...around];
  const first = <Field extends 'resolution' | 'source' | 'codec' | 'group'>(field: Field): Release[Field] =>
    all.map((one) => one[field]).find((value) => value !== null) ?? null;
  return {
    ...release,
    resolution: first('resolution'),
    source: first('source'),
    codec: first('codec'),
    group: first('group'),
    hdr: all.map((one) => one.hdr).find((hdr) => hdr.length > 0) ?? [],
    languages: all.map((one) => one.languages).find((languages) => languages.length > 0) ?? [],
  };
}
