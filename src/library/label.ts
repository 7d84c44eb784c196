/** The `[1080p BluRay x264-GRP]` by which versions of one title are told apart. */
import { cleanComponent, fitName, isEmptyName } from './names.js';
import type { Release } from './release.js';

/** Longest label without its brackets, in bytes: title (120), episodes and label stay within a name of 200. */
const maxLabelBytes = 50;
const maxGroupLength = 24;

const codecSpelling: Readonly<Record<string, string>> = {
  hevc: 'HEVC',
  avc: 'AVC',
  av1: 'AV1',
  h264: 'H264',
  h265: 'H265',
  xvid: 'XviD',
  divx: 'DivX',
};

/** The label of a release in brackets: only what is known, always in the same order; empty where nothing is. */
export function label(release: Release): string {
  const { editions, resolution, source, hdr, codec } = release;
  const words = [...editions, resolution, source, hdr.join(' '), spelled(codec)];
  const quality = words.filter((word) => word !== null && word !== '').join(' ');
  const group = plainGroup(release.group);
  const text = [quality, group].filter((part) => part !== '').join('-');
  const cleaned = cleanComponent(text.replace(/[[\]{}]/g, ''));
  return isEmptyName(cleaned) ? '' : `[${fitName(cleaned, '', 200 - maxLabelBytes)}]`;
}

/** Resolution and codec, such as `1080p HEVC`; empty where the name tells neither. */
export function videoText({ resolution, codec }: Release): string {
  return [resolution, spelled(codec)].filter((word) => word !== null).join(' ');
}

function spelled(codec: string | null): string | null {
  return codec === null ? null : (codecSpelling[codec] ?? codec);
}

/** A group's name where it looks like one; empty else. */
function plainGroup(group: string | null): string {
  const plain = (group ?? '').trim();
  return plain.length <= maxGroupLength && /^[\p{L}\p{N}][\p{L}\p{N} ._&+-]*$/u.test(plain) ? plain : '';
}
