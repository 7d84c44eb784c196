import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { sourceKey, type Content, type Source } from '../core/content.js';
import { AppError, toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Link, Provider } from '../core/provider.js';
import { blockBytes } from './blocks.js';
import type { LinkKeeper } from './links.js';
import { ObservedFailure } from './observation.js';
import { openRange, type RangeBody } from './range-request.js';
import { judge } from './verdict.js';

/** What feeds share: who can be asked, and how. */
export interface FeedPorts {
  readonly sources: (content: Content) => readonly Source[];
  readonly provider: (
    account: AccountName,
  ) => { readonly provider: Provider; readonly dispatcher: Dispatcher } | undefined;
  readonly links: LinkKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One block by which another source's bytes are compared before they are used. */
interface Witness {
  readonly index: number;
  readonly digest: string;
}

interface Standing {
  /** Failures in a row without a byte. */
  failures: number;
  relinked: boolean;
  /** Not asked before this, monotonic milliseconds. */
  notBeforeMs: number;
  error: AppError | null;
}

/** An open body and where it comes from. */
export interface OpenFeed {
  readonly body: RangeBody;
  readonly source: Source;
  readonly link: Link;
}

/**
 * Where a content's bytes come from: chooses the source, gets its link, opens the range, and after a failure does what the
 * verdict says. Before bytes of a second source are used, one known block is compared.
 */
export class Feed {
  readonly content: Content;
  readonly #pinnedTo: AccountName | null;
  readonly #ports: FeedPorts;
  readonly #standings = new Map<string, Standing>();
  // INVARIANT: while there is a witness, only sources in `#trusted` have given bytes.
  #witness: Witness | null = null;
  readonly #trusted = new Set<string>();

  constructor(content: Content, pinnedTo: AccountName | null, ports: FeedPorts) {
    this.content = content;
    this.#pinnedTo = pinnedTo;
    this.#ports = ports;
  }

  /**
   * Opens the bytes from `start` on, whatever it takes until the deadline.
   * @param deadlineMs monotonic milliseconds. @throws {AppError} why no source gives them; `aborted`.
   */
  async open(start: number, deadlineMs: () => number, signal: AbortSignal): Promise<OpenFeed> {
    for (;;) {
      signal.throwIfAborted();
      const source = await this.#choose(deadlineMs, signal);
      const opened = await this.#tryOpen(source, start, deadlineMs, signal);
      if (opened !== null) return opened;
    }
  }

  /** Says that a body opened here failed. `gotBytes`: some came before. */
  failed(feed: OpenFeed, thrown: unknown, gotBytes: boolean): Promise<void> {
    if (gotBytes) this.#standings.delete(sourceKey(feed.source));
    return this.#apply(feed.source, feed.link, thrown);
  }

  /** Says that a whole block came from a source. */
  proved(source: Source, index: number, block: Uint8Array): void {
    const key = sourceKey(source);
    this.#standings.delete(key);
    this.#trusted.add(key);
    this.#witness ??= { index, digest: digest(block) };
  }

  async #choose(deadlineMs: () => number, signal: AbortSignal): Promise<Source> {
    const { clock } = this.#ports;
    const all = this.#ports
      .sources(this.content)
      .filter(({ account }) => this.#pinnedTo === null || account === this.#pinnedTo);
    const usable = all.filter((source) => source.ready && this.#ports.provider(source.account) !== undefined);
    const nowMs = clock.monotonic();
    const waits = usable.map((source) => ({ source, standing: this.#standings.get(sourceKey(source)) }));
    const free = waits.find(({ standing }) => (standing?.notBeforeMs ?? 0) <= nowMs);
    const lastError =
      waits.map(({ standing }) => standing?.error ?? null).find((error) => error !== null) ?? null;
    if (free !== undefined && nowMs < deadlineMs()) return free.source;
    const nextMs = Math.min(...waits.map(({ standing }) => standing?.notBeforeMs ?? nowMs));
    if (usable.length === 0) {
      const reason =
        all.find((source) => source.reason !== null)?.reason ?? 'No account holds this file now.';
      throw new AppError('no-source', reason, { context: { account: all[0]?.account ?? null } });
    }
    if (nextMs >= deadlineMs()) throw lastError ?? new AppError('timeout', 'The bytes did not come in time.');
    await clock.sleep(nextMs - nowMs, signal);
    return this.#choose(deadlineMs, signal);
  }

  async #tryOpen(
    source: Source,
    start: number,
    deadlineMs: () => number,
    signal: AbortSignal,
  ): Promise<OpenFeed | null> {
    const served = this.#ports.provider(source.account);
    if (served === undefined) return null;
    const { provider, dispatcher } = served;
    let link: Link;
    try {
      link = await this.#beforeDeadline(this.#ports.links.get(source, provider), deadlineMs, signal);
    } catch (thrown) {
      this.#setAside(source, thrown, signal);
      return null;
    }
    try {
      await this.#compare(source, link, dispatcher, signal);
      const { size } = this.content;
      const body = await openRange({ url: link.url, start, size, dispatcher, signal });
      return { body, source, link };
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      await this.#apply(source, link, thrown);
      return null;
    }
  }

  /** Fetches the witness from a source that has given nothing yet. @throws {ObservedFailure} */
  async #compare(source: Source, link: Link, dispatcher: Dispatcher, signal: AbortSignal): Promise<void> {
    const key = sourceKey(source);
    const witness = this.#witness;
    if (witness === null || this.#trusted.has(key)) return;
    const { size } = this.content;
    const start = witness.index * blockBytes;
    const block = Buffer.alloc(Math.min(blockBytes, size - start));
    const body = await openRange({ url: link.url, start, size, dispatcher, signal });
    let filled = 0;
    for await (const chunk of body.chunks) {
      filled += chunk.copy(block, filled);
      if (filled === block.length) break;
    }
    if (digest(block) !== witness.digest) {
      this.#ports.logger.warn(
        { account: source.account, file: this.content.baseName },
        'an account holds other bytes under the same name; it is set aside for this file',
      );
      throw new ObservedFailure({ kind: 'other-bytes' });
    }
    this.#trusted.add(key);
  }

  /** Does what the verdict on a failed request says. */
  async #apply(source: Source, link: Link, thrown: unknown): Promise<void> {
    const { clock, links } = this.#ports;
    const served = this.#ports.provider(source.account);
    if (!(thrown instanceof ObservedFailure) || served === undefined) {
      this.#setAside(source, thrown, null);
      return;
    }
    const standing = this.#standing(source);
    const verdict = judge(thrown.observation, {
      failures: standing.failures,
      relinked: standing.relinked,
      linkAgeMs: clock.now() - link.bornMs,
      settleMs: served.provider.linkPolicy.settleMs,
    });
    standing.failures += 1;
    standing.error = verdict.error;
    standing.notBeforeMs = clock.monotonic() + verdict.pauseMs;
    if (verdict.action !== 'relink') return;
    standing.relinked = true;
    try {
      await links.renew(source, served.provider, link);
    } catch (error) {
      this.#setAside(source, error, null);
    }
  }

  #setAside(source: Source, thrown: unknown, signal: AbortSignal | null): void {
    if (signal?.aborted === true) throw toAppError(thrown);
    const error = toAppError(thrown);
    const standing = this.#standing(source);
    standing.failures += 1;
    standing.error = error;
    const pauseMs =
      error.retryAfterMs ??
      (error.retry === 'never' || error.retry === 'other-source' ? 300_000 : 1_000 * standing.failures);
    standing.notBeforeMs = this.#ports.clock.monotonic() + pauseMs;
  }

  #standing(source: Source): Standing {
    const key = sourceKey(source);
    const known = this.#standings.get(key);
    if (known !== undefined) return known;
    const standing: Standing = { failures: 0, relinked: false, notBeforeMs: 0, error: null };
    this.#standings.set(key, standing);
    return standing;
  }

  async #beforeDeadline<Value>(
    promise: Promise<Value>,
    deadlineMs: () => number,
    signal: AbortSignal,
  ): Promise<Value> {
    const { clock } = this.#ports;
    const enough = new AbortController();
    const late = clock
      .sleep(deadlineMs() - clock.monotonic(), AbortSignal.any([signal, enough.signal]))
      .then(() => {
        throw new AppError('timeout', 'The account did not give a link in time.', { retry: 'wait' });
      });
    late.catch(() => undefined);
    try {
      return await Promise.race([promise, late]);
    } finally {
      enough.abort();
      promise.catch(() => undefined);
    }
  }
}

function digest(block: Uint8Array): string {
  return createHash('sha256').update(block).digest('base64');
}
