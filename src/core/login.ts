/** What a login needs of its user, and where it says so. */

/** What the user must do elsewhere before a login goes on. */
export type LoginStep =
  | {
      readonly kind: 'code';
      readonly code: string;
      /** Where it is typed in. */
      readonly url: string;
      /** A longer one that holds the code already; null where the service tells none. */
      readonly directUrl: string | null;
      /** How long it is waited for from now on. */
      readonly lifetimeMs: number;
    }
  | {
      readonly kind: 'mail';
      /** What to do with the mail. */
      readonly sentence: string;
      readonly lifetimeMs: number;
    };

/** Where a login is followed. What services told is clean: codes are plain words and URLs have no control characters. */
export interface LoginScreen {
  /** What is to be done now, in the place of what was before. */
  step(step: LoginStep): void;
  /** Something worth knowing meanwhile, as a sentence. */
  say(sentence: string): void;
  /** Why the service cannot be asked at present, while it is tried again; null once it answers. */
  trouble(sentence: string | null): void;
}

/** How one account is logged in to. Keeps nothing: what it resolves with is the secret, as it is to be kept. */
export interface Login {
  /** The service as it calls itself. */
  readonly service: string;
  /**
   * By a code that the user types in elsewhere; null where the service has no such way.
   * @throws {AppError} `timeout` when the user took too long; `token-rejected` when the user or the service said no; `aborted`; what
   * the service or the network has before there is a code. Trouble after that is waited out.
   */
  readonly byCode: ((screen: LoginScreen, signal: AbortSignal) => Promise<string>) | null;
  /** What looks odd in a key, as a sentence; null where nothing does. */
  readonly oddity: (key: string) => string | null;
  /**
   * By a key that the user has: the service is asked about it.
   * @throws {AppError} `token-rejected` or `account-blocked` when it is refused, else why it could not be asked.
   */
  byKey(key: string, screen: LoginScreen, signal: AbortSignal): Promise<string>;
  /** Closes its connections. */
  close(): Promise<void>;
}
