/** Whether a video is anime, by how its release is named. */
import type { NameEvidence } from './evidence.js';

/** Anime by two signs of five, and never with a scene's `S01E02`. @param around what the names around the video say. */
export function isAnime(name: NameEvidence, around: readonly NameEvidence[]): boolean {
  const isSigned = name.leadingGroup !== null;
  const season = name.marker?.season ?? null;
  if (season !== null && !isSigned) return false;
  const texts = [name, ...around].map(({ text }) => text);
  const counts = name.counters.some(({ position }) => position === 'dash' || position === 'bracket');
  const signs = [
    isSigned,
    counts || (isSigned && name.marker?.strength === 'medium'),
    // A checksum: [1A2B3C4D]
    texts.some((text) => /[[(][0-9A-F]{8}[\])]/i.test(text)),
    texts.some((text) => /dual[ ._-]?audio|\bbatch\b/i.test(text)),
    texts.some((text) => /[\u3040-\u30FF]|第 ?\d+ ?[話话集回]/u.test(text)),
  ];
  return signs.filter(Boolean).length >= 2;
}
