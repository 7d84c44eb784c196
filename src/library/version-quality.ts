/** Which of two versions of a film or an episode is the better one. */
import type { Release } from './release.js';

const sourcesBestFirst: readonly RegExp[] = [
  /remux/i,
  /blu-?ray|uhd|hd-?dvd/i,
  /web-?dl|^web$/i,
  /web/i,
  /bd-?rip|br-?rip/i,
  /hdtv|tvrip|satrip|pdtv/i,
  /dvd|vhs/i,
];

/** What was filmed off a screen or leaked for reviews: worse than anything else, however large its picture. */
const offScreen = /^(?:cam|telesync|telecine|scr|ts|tc|hdcam|hdts|workprint|r5)/i;

/** Quality by resolution, then by source; 0 where the names tell neither, negative for what was filmed off a screen. */
export function qualityOf({ resolution, source }: Pick<Release, 'resolution' | 'source'>): number {
  const lines = Number.parseInt(resolution ?? '0', 10);
  if (source !== null && offScreen.test(source)) return lines - 10_000;
  const rank = source === null ? -1 : sourcesBestFirst.findIndex((pattern) => pattern.test(source));
  return lines * 10 + (rank < 0 ? 0 : sourcesBestFirst.length - rank);
}
