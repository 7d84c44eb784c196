/** A rate limit that remembers each request of its window. */
export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
  /** Whether a refused request counts, so that insisting keeps one out. */
  readonly countRefused: boolean;
}

/** Requests by key (an account, an address, an endpoint) under sliding-window limits. */
export class SlidingLog {
  // INVARIANT: times in ascending order; none older than the longest window when last asked.
  readonly #times = new Map<string, number[]>();

  /** Counts a request and tells whether it is within every limit. */
  admit(key: string, nowMs: number, limits: readonly RateLimit[]): boolean {
    const longestMs = Math.max(0, ...limits.map(({ windowMs }) => windowMs));
    const times = (this.#times.get(key) ?? []).filter((atMs) => atMs > nowMs - longestMs);
    this.#times.set(key, times);
    const exceeded = limits.filter(
      ({ requests, windowMs }) => times.filter((atMs) => atMs > nowMs - windowMs).length >= requests,
    );
    if (exceeded.length === 0 || exceeded.some(({ countRefused }) => countRefused)) times.push(nowMs);
    return exceeded.length === 0;
  }
}
