/** What a file host can be seen to do instead of giving the bytes asked for. */
export type Observation =
  /** No connection: refused, no such host, TLS. */
  | { readonly kind: 'unreachable' }
  /** No answer in time. */
  | { readonly kind: 'silent' }
  /** A body in which nothing came for too long. */
  | { readonly kind: 'stalled' }
  /** A body, or a connection with a request on it, that ended before its time. */
  | { readonly kind: 'cut' }
  /** What came is no HTTP. */
  | { readonly kind: 'garbled' }
  /** A body longer than promised. */
  | { readonly kind: 'overlong' }
  /** Success with a Content-Length of 0 ("still processing" at Real-Debrid, observed 2026-11). */
  | { readonly kind: 'empty' }
  /** 206 with another Content-Range than asked for, or none. */
  | { readonly kind: 'wrong-range' }
  /** Another size of the file than known. */
  | { readonly kind: 'wrong-size' }
  /** Content-Length and range do not agree. */
  | { readonly kind: 'wrong-length' }
  /** 200, from the first byte, where another was asked for. */
  | { readonly kind: 'range-ignored' }
  /** A web page or JSON under a status of success. */
  | { readonly kind: 'page' }
  /** A Content-Encoding that nobody asked for. */
  | { readonly kind: 'encoded' }
  /** Too many redirects, or one to nowhere. */
  | { readonly kind: 'bad-redirect' }
  /** A link or a redirect to where the account's links may not lead: this machine or its networks. Nothing was sent there. */
  | { readonly kind: 'out-of-reach' }
  /** The volume of an archive that holds something else than was concluded from the others. */
  | { readonly kind: 'wrong-volume' }
  /** A known block, fetched to compare, that is different. */
  | { readonly kind: 'mismatch' }
  | {
      readonly kind: 'status';
      readonly status: number;
      /** Header `X-Error`, in lower case; empty where there is none. */
      readonly reason: string;
      /** Whether the body is a web page. */
      readonly page: boolean;
      /** Whether a guard in front of the host (Cloudflare) speaks rather than the host. */
      readonly guarded: boolean;
      /** The start of the body in lower case, for telling apart what shares a status. */
      readonly text: string;
      readonly retryAfterMs: number | null;
    };

/** An observation on its way to the verdict. Never leaves `read/`. */
export class ObservedFailure extends Error {
  readonly seen: Observation;

  constructor(seen: Observation) {
    super(seen.kind);
    this.name = 'ObservedFailure';
    this.seen = seen;
  }
}
