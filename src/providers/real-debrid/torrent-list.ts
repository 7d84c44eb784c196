/** The torrents of an account, and which links belong to them. */
import type { ListMode } from '../../core/provider.js';
import type { Listing } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';
import { asObject } from '../decode.js';
import type { DecodedEntry } from '../listing-builder.js';
import type { ProviderSetup } from '../setup.js';
import { cutLink } from './link.js';
import { PagedList } from './list.js';
import type { ParisTime } from './paris-time.js';
import { decodeListEntry, readLinks } from './torrent.js';

/** Reads the list of one account. Remembers the links that it told. */
export class TorrentList {
  readonly #paged: PagedList;
  /** Null before the first complete listing. */
  #links: Set<string> | null = null;
  #told = new Set<string>();
  #reading: Promise<Listing> | null = null;

  constructor(api: AccountApi, { account, logger }: ProviderSetup, time: ParisTime) {
    const decode = (raw: unknown): DecodedEntry => {
      const torrent = asObject(raw);
      for (const link of (torrent === null ? null : readLinks(torrent)) ?? []) this.#told.add(cutLink(link));
      return decodeListEntry(raw, time);
    };
    this.#paged = new PagedList(api, {
      account,
      logger,
      list: 'torrents',
      path: '/torrents',
      grows: false,
      decode,
    });
  }

  /** See `PagedList.read`. */
  read(mode: ListMode, signal: AbortSignal): Promise<Listing> {
    const reading = this.#read(mode, signal).finally(() => {
      if (this.#reading === reading) this.#reading = null;
    });
    this.#reading = reading;
    return reading;
  }

  /**
   * The links of all torrents, each cut: as the listing under way tells them, else as the last one did.
   * @throws {AppError} why they are not known.
   */
  async links(signal: AbortSignal): Promise<ReadonlySet<string>> {
    await this.#reading;
    if (this.#links === null) await this.read('full', signal);
    return this.#links ?? new Set();
  }

  async #read(mode: ListMode, signal: AbortSignal): Promise<Listing> {
    this.#told = new Set();
    const listing = await this.#paged.read(mode, signal);
    if (listing.scope === 'complete' || this.#links === null) this.#links = this.#told;
    else for (const link of this.#told) this.#links.add(link);
    return listing;
  }
}
