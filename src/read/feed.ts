import { abortable, atMost } from '../core/abortable.js';
import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { sourceKey, type Content, type Source } from '../core/content.js';
import { AppError, toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Link } from '../core/provider.js';
import type { Agreement } from './agreement.js';
import type { Bandwidth, BandwidthShare, BandwidthUser } from './bandwidth.js';
import type { BlockCache } from './block-cache.js';
import type { DiskCache } from './disk/disk-cache.js';
import { sourceTag, type SourceTag } from './disk/record.js';
import type { LinkKeeper } from './links.js';
import { ObservedFailure } from './observation.js';
import { openRange, type RangeBody } from './range-request.js';
import { Proof } from './proof.js';
import type { Reach } from './reach.js';
import { SourceChoice, type Choice, type ChoiceParts, type Served } from './source-choice.js';
import type { GivingSource } from './standings.js';
import type { SlotHolder } from './stream-slots.js';

/** What all feeds share. */
export interface FeedParts extends ChoiceParts {
  readonly links: LinkKeeper;
  readonly agreement: Agreement;
  readonly blocks: Pick<BlockCache, 'take'>;
  readonly disk: () => DiskCache | null;
  /** Null: no limit. */
  readonly bandwidth: Bandwidth | null;
  /** Hears of the bytes that came from an account's file hosts. */
  readonly onReceived: (account: AccountName, bytes: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A source that gives bytes, by a link of its account: where it is an archive, one volume of it. */
export interface Giver extends GivingSource {
  /** As a whole. */
  readonly source: Source;
  readonly reach: Reach;
  /** The name that blocks on disk know it by. */
  readonly tag: SourceTag;
  readonly served: Served;
}

/** An open body and where it comes from. */
export interface OpenFeed {
  readonly giver: Giver;
  readonly body: RangeBody;
  /** The content's byte after the last one that the body holds: before the end that was asked for where a volume ends. */
  readonly until: number;
  /** Ends the request and gives its slot back. */
  end(): void;
}

/** Until when, and for whom, a body is to be opened. */
export interface OpenOptions {
  /** First byte of the content, by the origin that is to give it, and the byte after the last one. */
  readonly start: (origin: string) => number;
  readonly end: number;
  /** Monotonic milliseconds; may be put off meanwhile, when another reader comes. */
  readonly deadlineMs: () => number;
  readonly holder: SlotHolder & BandwidthUser;
  readonly signal: AbortSignal;
}

/** How long a link is waited for where another account has the file too, in milliseconds: most come within a second. */
const linkWaitMs = 10_000;

/** Files that are pages themselves, so that a page as an answer says nothing against it. */
const pageNames = /\.(html?|json)$/i;

/**
 * Where a content's bytes come from: gets the link of the source that is chosen, opens the range, and after a failure does
 * what the verdict says. Bytes are used only of a source that the proof holds for.
 */
export class Feed {
  readonly content: Content;
  readonly #choice: SourceChoice;
  readonly #parts: FeedParts;
  readonly #proof: Proof;
  #served: Served | null = null;

  constructor(content: Content, pinnedTo: AccountName | null, parts: FeedParts) {
    this.content = content;
    this.#choice = new SourceChoice(content, pinnedTo, parts);
    this.#parts = parts;
    this.#proof = new Proof(content, parts, {
      giverAt: (...wanted) => this.#giverAt(...wanted),
      fetch: (...wanted) => this.#fetch(...wanted),
      failed: (...what) => this.failed(...what),
    });
  }

  /**
   * Opens the bytes from `start` on, to `end` or as far as one file of a source holds them, through whichever link and source it
   * takes.
   * @throws {AppError} why no source gave them before the deadline; the signal's reason when it fires.
   */
  async open({ start, end, deadlineMs, holder, signal }: OpenOptions): Promise<OpenFeed> {
    const { clock } = this.#parts;
    const late = new AbortController();
    const done = new AbortController();
    const attempt = AbortSignal.any([signal, late.signal]);
    const watch = async (): Promise<void> => {
      for (let leftMs; (leftMs = deadlineMs() - clock.monotonic()) > 0;)
        await clock.sleep(leftMs, done.signal);
      late.abort();
    };
    watch().catch(() => undefined);
    let lastError = new AppError('timeout', 'The bytes did not come in time.', { retry: 'wait' });
    try {
      for (;;) {
        const choice = this.#choice.best(holder.purpose, start);
        if (choice.pause === null) {
          const opened = await this.#tryOpen(choice, { start, end, holder, signal: attempt });
          if (opened !== null) return opened;
        } else {
          lastError = choice.pause.error;
          if (choice.pause.lasting || choice.pause.untilMs >= deadlineMs()) throw lastError;
          await clock.sleep(choice.pause.untilMs - clock.monotonic(), attempt);
        }
      }
    } catch (thrown) {
      signal.throwIfAborted();
      throw late.signal.aborted ? lastError : thrown;
    } finally {
      done.abort();
    }
  }

  /** Takes a whole block of an open body into account. False: it must not be used, nor what follows it. */
  accept(giver: Giver, index: number, block: Uint8Array): boolean {
    const { agreement, standings } = this.#parts;
    if (!agreement.accept(this.content.id, giver.reach.origin, index, block)) return false;
    standings.proved(giver);
    return true;
  }

  /** How many connections the source that was last read from allows for one file. */
  connectionsPerFile(): number {
    return this.#served?.provider.linkPolicy.connectionsPerFile ?? 1;
  }

  /** Does what the verdict on a failed request says, short of pausing. @throws what is no failure of a file host. */
  async failed(giver: Giver, thrown: unknown, signal: AbortSignal): Promise<void> {
    const { linked, served, link } = giver;
    const { standings, links, logger } = this.#parts;
    signal.throwIfAborted();
    if (!(thrown instanceof ObservedFailure)) throw thrown;
    if (links.isReplaced(linked, link)) return;
    const { provider } = served;
    const hasOther = this.#choice.hasOther(linked.account, giver.reach.until - 1);
    const { action } = standings.hostFailed(giver, provider.linkPolicy, thrown.seen, hasOther);
    // The start of a body may hold anything, the link among it.
    const seen = { ...thrown.seen, text: undefined };
    logger.debug(
      { account: linked.account, file: this.content.baseName, ...seen, action },
      'a file host failed',
    );
    if (action !== 'relink') return;
    try {
      await this.#waitForLink(links.renew(linked, provider), giver.reach, signal);
    } catch (refused) {
      signal.throwIfAborted();
      standings.linkRefused(linked, toAppError(refused));
    }
  }

  /** To be called when the holder of an open body has become idle, or who waits for one more urgent. */
  reconsider(): void {
    this.#parts.slots.serve();
  }

  /**
   * A source's link once it comes, which the next reader will want too; not for long where another account can be asked.
   * @throws {AppError} what the account said; `timeout`; `aborted`.
   */
  async #waitForLink(asked: Promise<Link>, { linked, until }: Reach, signal: AbortSignal): Promise<Link> {
    const { clock } = this.#parts;
    if (!this.#choice.hasOther(linked.account, until - 1)) return abortable(asked, signal);
    const late = (): AppError =>
      new AppError('timeout', `The account ${linked.account} does not answer.`, { retry: 'wait' });
    return abortable(atMost(clock, linkWaitMs, asked, late), signal);
  }

  async #tryOpen(
    { source, reach, served }: Choice,
    { start, end, holder, signal }: Omit<OpenOptions, 'deadlineMs'>,
  ): Promise<OpenFeed | null> {
    const { standings, slots, bandwidth } = this.#parts;
    const giver = await this.#giverAt(reach, source, served, signal);
    if (giver === null || !standings.mayAsk(giver.way, giver.linked)) return null;
    const share = bandwidth?.share(holder) ?? null;
    await slots.acquire(source.account, holder, signal);
    try {
      if (await this.#proof.holds(giver, share, signal)) {
        const until = Math.min(end, reach.until);
        const body = await this.#request(giver, start(reach.origin), until, share, signal);
        this.#served = served;
        return {
          giver,
          body,
          until,
          end() {
            body.destroy();
            slots.release(holder);
          },
        };
      }
    } catch (thrown) {
      slots.release(holder);
      await this.failed(giver, thrown, signal);
      return null;
    }
    slots.release(holder);
    return null;
  }

  /** A source with its link; null where the account gives none. */
  async #giverAt(reach: Reach, source: Source, served: Served, signal: AbortSignal): Promise<Giver | null> {
    const { links, standings } = this.#parts;
    const { linked, origin } = reach;
    try {
      const link = await this.#waitForLink(links.get(linked, served.provider), reach, signal);
      const way = { host: hostOf(link, linked), proxyUrl: served.provider.egress.proxyUrl };
      return { source, linked, reach, key: sourceKey(linked), tag: sourceTag(origin), served, link, way };
    } catch (refused) {
      signal.throwIfAborted();
      standings.linkRefused(linked, toAppError(refused));
      return null;
    }
  }

  /** Fills a buffer with the content's bytes from an offset on. False where they could not be had; then that is noted. */
  async #fetch(
    giver: Giver,
    start: number,
    into: Buffer,
    share: BandwidthShare | null,
    signal: AbortSignal,
  ): Promise<boolean> {
    let body: RangeBody | null = null;
    try {
      body = await this.#request(giver, start, start + into.length, share, signal);
      for (let filled = 0; filled < into.length;) {
        const count = await body.fill(into.subarray(filled));
        if (count === 0) throw new ObservedFailure({ kind: 'wrong-length' });
        filled += count;
      }
      await body.finish();
      return true;
    } catch (thrown) {
      await this.failed(giver, thrown, signal);
      return false;
    } finally {
      body?.destroy();
    }
  }

  #request(
    { source, served, link, reach }: Giver,
    start: number,
    end: number,
    share: BandwidthShare | null,
    signal: AbortSignal,
  ): Promise<RangeBody> {
    const { onReceived, clock } = this.#parts;
    const { shift, fileSize } = reach;
    const pageExpected = pageNames.test(this.content.baseName);
    return openRange({
      url: link.url,
      client: served.client,
      start: start + shift,
      end: end + shift,
      size: fileSize,
      pageExpected,
      signal,
      onReceived: (bytes) => onReceived(source.account, bytes),
      share,
      clock,
    });
  }
}

/** @throws {AppError} `bad-answer` for a link that is no URL: there is no host that could be left alone for it. */
function hostOf({ url }: Link, { account }: Source): string {
  if (URL.canParse(url)) return new URL(url).host;
  throw new AppError('bad-answer', `Account "${account}" gave a link that cannot be used.`, {
    retry: 'other-source',
  });
}
