/** Which of several qualities of one video is taken. */

/** Lines of a picture by what a quality is called: a number, `1080p`, `4K`; 0 for what is none, such as `mp3`. */
function linesOf(quality: string): number {
  const words = quality.trim().toLowerCase();
  if (/^(?:4k|uhd)\b/.test(words)) return 2160;
  return Number(/^(\d{3,4})(?:p|i)?\b/.exec(words)?.[1] ?? 0);
}

/**
 * The one that is wanted, else the best below it, else the least above; without a wish the best. Undefined where there is none.
 * @param qualityOf what a choice is called, such as `720p`.
 */
export function pickQuality<Choice>(
  choices: readonly Choice[],
  wanted: string | null,
  qualityOf: (choice: Choice) => string,
): Choice | undefined {
  const same = choices.find((choice) => qualityOf(choice).toLowerCase() === wanted?.toLowerCase());
  if (wanted !== null && same !== undefined) return same;
  const most = wanted === null ? Infinity : linesOf(wanted);
  const ranked = choices.toSorted((a, b) => linesOf(qualityOf(b)) - linesOf(qualityOf(a)));
  return ranked.find((choice) => linesOf(qualityOf(choice)) <= most) ?? ranked.at(-1);
}
