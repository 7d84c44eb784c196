/** An account's token out of the place where it is kept: a bare key, or a login that is renewed. */
import { abortable } from '../core/abortable.js';
import type { AccountName, ServiceName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { AppError, toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import {
  decodeOAuthSecret,
  encodeOAuthSecret,
  looksLikeDocument,
  secretsIn,
  type OAuthSecret,
} from '../core/oauth-secret.js';
import { SingleFlight } from '../core/single-flight.js';
import type { SecretPlace, TokenSource } from '../core/token-source.js';
import { JsonClient } from './json-client.js';
import { fetchToken } from './real-debrid/oauth.js';

/** So long before its end an access token is renewed. Observed practice of public clients. */
const renewBeforeMs = 5 * 60_000;
/** So long nobody asks again where the service has ended a login: only the user can mend that. */
const revokedMs = 3_600_000;
/** So long after a renewal that failed for another reason the next one is tried. */
const pauseMs = 10_000;
/** A token that is refused so soon after it was made is not refused for its age: another would fare no better. */
const freshMs = 60_000;

export interface StoredTokenOptions {
  readonly service: ServiceName;
  readonly account: AccountName;
  readonly place: SecretPlace;
  /** As the account's. */
  readonly apiUrl: string;
  readonly proxyUrl: string | null;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of every secret that is used, before it is. */
  readonly onSecrets: (secrets: readonly string[]) => void;
}

/** What is kept, understood. */
type Kept =
  | { readonly kind: 'key'; readonly text: string }
  | { readonly kind: 'login'; readonly text: string; readonly login: OAuthSecret };

export class StoredToken implements TokenSource {
  readonly #options: StoredTokenOptions;
  readonly #client: JsonClient;
  readonly #renewals = new SingleFlight<string, OAuthSecret>();
  readonly #closing = new AbortController();
  /** The text that secrets were last told of. */
  #toldText = '';
  /** A renewed login that could not be written, and what it is used instead of. */
  #unwritten: { readonly instead: string; readonly login: OAuthSecret } | null = null;
  /** Why the login could not be renewed, until when that counts in monotonic time, and which text it was. */
  #failed: { readonly text: string; readonly error: AppError; readonly untilMs: number } | null = null;
  /** The newest access token made here, and when, in monotonic time. */
  #made: { readonly token: string; readonly atMs: number } | null = null;

  constructor(options: StoredTokenOptions) {
    this.#options = options;
    this.#client = new JsonClient({ ...options, baseUrl: options.apiUrl });
  }

  async current(signal: AbortSignal): Promise<string> {
    const kept = await this.#kept();
    if (kept.kind === 'key') return kept.text;
    const leftMs = kept.login.expiresMs - this.#options.clock.now();
    if (leftMs > renewBeforeMs) return kept.login.accessToken;
    try {
      return await this.#renew(kept, signal);
    } catch (thrown) {
      const isEnded = thrown instanceof AppError && thrown.code === 'token-rejected';
      if (leftMs <= 0 || isEnded || signal.aborted) throw thrown;
      return kept.login.accessToken;
    }
  }

  async renewed(refused: string, signal: AbortSignal): Promise<string | null> {
    const kept = await this.#kept();
    // Another was put there since the call began.
    if (kept.kind === 'key') return kept.text === refused ? null : kept.text;
    if (kept.login.accessToken !== refused) return this.current(signal);
    const isFresh =
      this.#made?.token === refused && this.#options.clock.monotonic() - this.#made.atMs < freshMs;
    return isFresh ? null : this.#renew(kept, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client.close();
  }

  async #kept(): Promise<Kept> {
    const { account, place, service, onSecrets } = this.#options;
    const text = await place.read();
    if (text === null)
      throw this.#rejected(`Account "${account}" has no token. Run \`debridfs login ${account}\`.`);
    if (this.#toldText !== text) onSecrets(secretsIn(text));
    this.#toldText = text;
    if (!looksLikeDocument(text)) return { kind: 'key', text };
    const written = service === 'real-debrid' ? decodeOAuthSecret(text) : null;
    if (written === null)
      throw this.#rejected(
        `The login of account "${account}" that is kept cannot be understood. Run \`debridfs login ${account}\`.`,
      );
    const login = this.#unwritten?.instead === text ? this.#unwritten.login : written;
    return { kind: 'login', text, login };
  }

  /** Who needs another token while one is asked for gets the same. */
  async #renew(kept: Kept & { kind: 'login' }, signal: AbortSignal): Promise<string> {
    const { text, login } = kept;
    if (this.#failed?.text === text && this.#options.clock.monotonic() < this.#failed.untilMs)
      throw this.#failed.error;
    const renewal = this.#renewals.run(text, () => this.#ask(text, login));
    return (await abortable(renewal, signal)).accessToken;
  }

  async #ask(text: string, login: OAuthSecret): Promise<OAuthSecret> {
    const { clock, onSecrets } = this.#options;
    try {
      const signal = this.#closing.signal;
      const made = await fetchToken(this.#client, login, login.refreshToken, clock.now(), signal);
      onSecrets(secretsIn(encodeOAuthSecret(made)));
      this.#made = { token: made.accessToken, atMs: clock.monotonic() };
      return await this.#keep(text, made);
    } catch (thrown) {
      const told = toAppError(thrown);
      const isEnded = told.code === 'token-rejected';
      const error = isEnded ? this.#ended() : told;
      const untilMs = clock.monotonic() + (isEnded ? revokedMs : pauseMs);
      this.#failed = { text, error, untilMs };
      throw error;
    }
  }

  /** Where a login was put there meanwhile, that is newer and goes on. */
  async #keep(text: string, made: OAuthSecret): Promise<OAuthSecret> {
    const { account, place, logger } = this.#options;
    try {
      if (await place.replace(encodeOAuthSecret(made), text)) return made;
      const kept = await this.#kept();
      return kept.kind === 'login' ? kept.login : { ...made, accessToken: kept.text };
    } catch (error) {
      this.#unwritten = { instead: text, login: made };
      logger.warn({ account, err: error }, 'the renewed token could not be kept; it is used until the end');
      return made;
    }
  }

  #ended(): AppError {
    const { account } = this.#options;
    return this.#rejected(
      `Real-Debrid has ended the login of account "${account}". Run \`debridfs login ${account}\`.`,
    );
  }

  #rejected(sentence: string): AppError {
    const context = { account: this.#options.account };
    return new AppError('token-rejected', sentence, { retry: 'other-source', context });
  }
}
