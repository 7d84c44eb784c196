/**
 * What a number is to reach. `text` stands in the table; `isReached` and `told`, how the number compares, take the number and,
 * where the aim is relative, the median of the column that is named in `of`.
 */
const ratio = (value, other) => `${(value / other).toFixed(2)}x`;
const difference = (value, other) => `${value < other ? '−' : '+'}${Math.abs(value - other).toFixed(2)}`;

/** A number of its own. */
export const atLeast = (limit) => ({
  of: null,
  text: `≥ ${limit.toLocaleString('en-US')}`,
  isReached: (value) => value >= limit,
});
export const atMost = (limit) => ({
  of: null,
  text: `≤ ${limit.toLocaleString('en-US')}`,
  isReached: (value) => value <= limit,
});

/** A multiple of another column's. @param name what the column is called in the text; nothing where it goes without saying. */
export const atLeastTimes = (times, of, name = of) => ({
  of,
  text: `≥ ${times}x ${name}`.trim(),
  isReached: (value, other) => value >= times * other,
  told: ratio,
});
export const atMostTimes = (times, of, name = of) => ({
  of,
  text: `≤ ${times}x ${name}`.trim(),
  isReached: (value, other) => value <= times * other,
  told: ratio,
});

/** Another column's and something more. */
export const atMostPlus = (more, of) => ({
  of,
  text: more === 0 ? `≤ ${of}` : `≤ ${of} + ${more}`,
  isReached: (value, other) => value <= other + more,
  told: difference,
});

/** A multiple of another column's, or that and something more, whichever is more. */
export const atMostTimesOrPlus = (times, more, of) => ({
  of,
  text: `≤ ${times}x ${of} or + ${more}`,
  isReached: (value, other) => value <= Math.max(times * other, other + more),
  told: ratio,
});
