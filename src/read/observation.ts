/** What a file host was seen to do instead of giving the bytes asked for. */
export type Observation =
  /** An answer that is neither 206 nor a fitting 200. `isPage`: its body is a web page. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** Real-Debrid's `X-Error` header. */
      readonly xError: string | null;
      readonly isPage: boolean;
      /** The first bytes of the body, as text. */
      readonly words: string;
      readonly retryAfterMs: number | null;
    }
  /** 200 or 206, but not with these bytes. */
  | {
      readonly kind: 'wrong-answer';
      readonly what: 'range' | 'size' | 'whole file' | 'web page' | 'encoding' | 'length';
    }
  /** The connection failed, or the body ended before its length. `bytes`: how many had come. */
  | { readonly kind: 'broken'; readonly code: string; readonly bytes: number }
  /** Nothing came for too long. */
  | { readonly kind: 'stalled'; readonly bytes: number }
  /** The bytes are not those that another source gave. */
  | { readonly kind: 'other-bytes' };

/** An observation on its way to the verdict. Never leaves `read/`. */
export class ObservedFailure extends Error {
  readonly observation: Observation;

  constructor(observation: Observation) {
    super(observation.kind);
    this.observation = observation;
  }
}
