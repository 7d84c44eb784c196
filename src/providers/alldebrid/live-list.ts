/** The list of an account's magnets, kept up by AllDebrid's live mode: everything once, then what changed. */
import { randomInt } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { AccountName } from '../../core/account.js';
import type { Logger } from '../../core/logger.js';
import type { Listing } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';
import { asFlag, asNumber, asObject, type JsonObject } from '../decode.js';
import { ListingBuilder } from '../listing-builder.js';
import { decodeMagnet, magnetId, readData, readMagnets } from './magnet.js';

/** Documented: an account has at most 1,000 magnets. More by far than that are none. */
const maxMagnets = 100_000;
/** So many magnets are understood in one turn of the event loop: some 10 ms where each has a dozen files (measured 2026-11). */
const magnetsAtOnce = 1_000;

/** A session with the service, and how far both sides have come. */
interface Session {
  readonly id: number;
  readonly counter: number;
}

/** Reads the list of one account. Remembers the last listing, to which changes are applied. */
export class LiveList {
  readonly #api: AccountApi;
  readonly #account: AccountName;
  readonly #logger: Logger;
  /** Every magnet as last told, by id. */
  #magnets = new Map<string, JsonObject>();
  /** Null where the next request must ask for everything. INVARIANT: null while a request is under way. */
  #session: Session | null = null;

  constructor(api: AccountApi, account: AccountName, logger: Logger) {
    this.#api = api;
    this.#account = account;
    this.#logger = logger;
  }

  /** A magnet as the last listing told it. */
  known(id: string): JsonObject | undefined {
    return this.#magnets.get(id);
  }

  /** Everything: a new session, so that nothing of the old one can be meant. Deletions are told only here. */
  async full(signal: AbortSignal): Promise<Listing> {
    this.#session = null;
    const id = randomInt(1, 2 ** 31);
    const data = await this.#ask({ id, counter: 0 }, signal);
    // Documented: the first answer of a session says `fullsync: true`. One that denies it is not everything, nor is a
    // magnet alone that does not say so.
    const isFull = asFlag(data['fullsync']);
    const isOneMagnet = magnetId(data['magnets']) !== null;
    if (isFull === false || (isFull === null && isOneMagnet))
      throw this.#api.badAnswer('a new session began with changes');
    return this.#takeAll(id, data);
  }

  /**
   * What changed since the last listing; everything where there was none, where the service has lost count, or where
   * a change cannot be understood.
   */
  async changes(signal: AbortSignal): Promise<Listing> {
    const session = this.#session;
    if (session === null) return this.full(signal);
    this.#session = null;
    const data = await this.#ask(session, signal);
    if (asFlag(data['fullsync']) === true) return this.#takeAll(session.id, data);
    const builder = new ListingBuilder();
    const merged = new Map<string, JsonObject>();
    for (const raw of this.#magnetsOf(data)) {
      const id = magnetId(raw);
      const changed = asObject(raw);
      const before = id === null ? undefined : (merged.get(id) ?? this.#magnets.get(id));
      // An id without anything else may be how a deletion is told: the documentation is silent.
      const isMergeable = id !== null && changed !== null && Object.keys(changed).length > 1;
      if (!isMergeable) return this.full(signal);
      const magnet = { ...before, ...changed };
      const decoded = decodeMagnet(magnet);
      if (before === undefined && decoded.kind !== 'item') return this.full(signal);
      merged.set(id, magnet);
      builder.add(decoded);
    }
    for (const [id, magnet] of merged) this.#magnets.set(id, magnet);
    this.#session = nextSession(session.id, data);
    return builder.build('changes', this.#account, 'torrents', this.#logger);
  }

  /** In slices, so that reads go on beside a long list. */
  async #takeAll(sessionId: number, data: JsonObject): Promise<Listing> {
    const builder = new ListingBuilder();
    const magnets = new Map<string, JsonObject>();
    for (const [index, raw] of this.#magnetsOf(data).entries()) {
      if (index % magnetsAtOnce === magnetsAtOnce - 1) await setImmediate();
      const id = magnetId(raw);
      const magnet = asObject(raw);
      if (id !== null && magnet !== null) magnets.set(id, magnet);
      builder.add(decodeMagnet(raw));
    }
    this.#magnets = magnets;
    this.#session = nextSession(sessionId, data);
    return builder.build('complete', this.#account, 'torrents', this.#logger);
  }

  async #ask(session: Session, signal: AbortSignal): Promise<JsonObject> {
    const answer = await this.#api.call({
      purpose: 'list',
      method: 'POST',
      path: '/v4.1/magnet/status',
      form: [
        ['session', String(session.id)],
        ['counter', String(session.counter)],
      ],
      signal,
    });
    return readData(this.#api, answer);
  }

  #magnetsOf(data: JsonObject): readonly unknown[] {
    const magnets = readMagnets(data);
    if (magnets === null) throw this.#api.badAnswer('the list of magnets is no list');
    if (magnets.length > maxMagnets)
      throw this.#api.badAnswer('the list of magnets is larger than it can be');
    return magnets;
  }
}

function nextSession(id: number, data: JsonObject): Session | null {
  const counter = asNumber(data['counter']);
  return counter !== null && Number.isSafeInteger(counter) && counter > 0 ? { id, counter } : null;
}
