/** Hoster links that an account was given: the rows of its downloads, as far as they are a library. */
import { linkId, linkKey } from '../../core/own-links.js';
import type { ListMode } from '../../core/provider.js';
import type { Item, Listing } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';
import { asId, asObject, asSize, asText, asUrl } from '../decode.js';
import type { DecodedEntry } from '../listing-builder.js';
import { revisionOf } from '../revision.js';
import type { ProviderSetup } from '../setup.js';
import { cutLink, type LinkMaker } from './link.js';
import { PagedList } from './list.js';
import type { ParisTime } from './paris-time.js';
import type { TorrentList } from './torrent-list.js';

/** Reads the downloads of one account. Remembers the link of each row that was listed last. */
export class DownloadList {
  readonly #setup: ProviderSetup;
  readonly #rows: PagedList;
  readonly #torrents: TorrentList;
  readonly #maker: LinkMaker;
  readonly #linkOfRow = new Map<string, string>();
  #links: ReadonlyMap<string, string> = new Map();

  constructor(
    api: AccountApi,
    setup: ProviderSetup,
    time: ParisTime,
    torrents: TorrentList,
    maker: LinkMaker,
  ) {
    this.#setup = setup;
    this.#torrents = torrents;
    this.#maker = maker;
    const { account, logger } = setup;
    const decode = (raw: unknown): DecodedEntry => this.#decode(raw, time);
    this.#rows = new PagedList(api, {
      account,
      logger,
      list: 'downloads',
      path: '/downloads',
      grows: true,
      decode,
    });
  }

  /**
   * The rows that were not made here, but for those of torrents that are listed anyway; a link with several rows once.
   * @throws {AppError} whatever the account is refused for, the list of torrents included.
   */
  async read(mode: ListMode, signal: AbortSignal): Promise<Listing> {
    const since = this.#maker.moment();
    const ofTorrents = await this.#torrents.links(signal);
    this.#linkOfRow.clear();
    const { scope, items: rows, unreadable } = await this.#rows.read(mode, signal);
    const { account, madeDownloads } = this.#setup;
    const items = new Map<string, Item>();
    const unsure = new Set(unreadable);
    for (const row of rows) {
      const link = this.#linkOfRow.get(row.id) ?? '';
      if (madeDownloads.has(account, row.id) || ofTorrents.has(link)) continue;
      const id = linkId(link);
      // Perhaps made here while the rows were asked for, before its id was told.
      if (this.#maker.wasAsked(link, since)) unsure.add(id);
      else if (!items.has(id)) items.set(id, { ...row, id });
    }
    this.#links = new Map([...this.#linkOfRow.values()].map((link) => [linkId(link), link]));
    return { scope, items: [...items.values()], unreadable: [...unsure].filter((id) => !items.has(id)) };
  }

  /** The link that an item of the last listing stands for. */
  link(itemId: string): string | undefined {
    return this.#links.get(itemId);
  }

  /** A row, by its own id. Of one whose size is not known (0, documented) the files are asked for. */
  #decode(raw: unknown, time: ParisTime): DecodedEntry {
    const row = asObject(raw);
    const id = asId(row?.['id']);
    if (row === null || id === null) return { kind: 'unknown' };
    const told = asUrl(row['link']);
    if (told === null) return { kind: 'unreadable', id };
    const link = cutLink(told);
    this.#linkOfRow.set(id, link);
    const path = asText(row['filename']) ?? '';
    const size = asSize(row['filesize']) ?? 0;
    const file = { path, pathTold: true, size, ref: link, packed: false };
    const item: Item = {
      id,
      torrent: linkKey(link),
      name: path,
      addedMs: time.toUtcMs(row['generated']),
      state: 'ready',
      reason: null,
      files: path === '' || size === 0 ? null : [file],
      revision: revisionOf([path, size]) ?? '',
    };
    return { kind: 'item', item };
  }
}
