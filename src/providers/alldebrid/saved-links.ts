/** Hoster links that an account keeps: the saved ones, and those of its history. */
import { linkId, linkKey } from '../../core/own-links.js';
import type { ListName, Listing } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';
import { asList, asObject, asSize, asText, asUrl, unixSecondsToMs } from '../decode.js';
import { ListingBuilder, type DecodedEntry } from '../listing-builder.js';
import { revisionOf } from '../revision.js';
import type { ProviderSetup } from '../setup.js';
import { readData } from './magnet.js';

/** More by far than anybody saves by hand. */
const maxLinks = 100_000;

const paths = { saved: '/v4/user/links', history: '/v4/user/history' } as const;

export type LinkList = keyof typeof paths;

/** Whether a list is one of them. */
export function isLinkList(list: ListName): list is LinkList {
  return Object.hasOwn(paths, list);
}

/** Reads both lists of one account. Remembers the links that they told last. */
export class SavedLinks {
  readonly #api: AccountApi;
  readonly #setup: ProviderSetup;
  readonly #told: Record<LinkList, ReadonlyMap<string, string>> = { saved: new Map(), history: new Map() };

  constructor(api: AccountApi, setup: ProviderSetup) {
    this.#api = api;
    this.#setup = setup;
  }

  /** All of a list, by one request (documented: no pages). The history is nobody's library unless it is asked for. */
  async read(list: LinkList, signal: AbortSignal): Promise<Listing> {
    const { account, logger, history } = this.#setup;
    if (list === 'history' && !history) return { scope: 'complete', items: [], unreadable: [] };
    const answer = await this.#api.call({ purpose: 'list', method: 'GET', path: paths[list], signal });
    const links = asList(readData(this.#api, answer)['links']);
    if (links === null) throw this.#api.badAnswer('the list of links is no list');
    if (links.length > maxLinks) throw this.#api.badAnswer('the list of links is larger than it can be');
    const builder = new ListingBuilder();
    const told = new Map<string, string>();
    for (const raw of links) {
      builder.add(decodeLink(raw));
      const link = asUrl(asObject(raw)?.['link']);
      if (link !== null) told.set(linkId(link), link);
    }
    this.#told[list] = told;
    return builder.build('complete', account, list, logger);
  }

  /** The link that an item stands for; undefined where the last listing does not hold it. */
  link(list: LinkList, itemId: string): string | undefined {
    return this.#told[list].get(itemId);
  }
}

/** One link. Of one whose size is not known (0, documented for video sites) the files are asked for. */
function decodeLink(raw: unknown): DecodedEntry {
  const told = asObject(raw);
  const link = asUrl(told?.['link']);
  if (told === null || link === null) return { kind: 'unknown' };
  const id = linkId(link);
  const path = asText(told['filename']) ?? '';
  const size = asSize(told['size']) ?? 0;
  const file = { path, pathTold: true, size, ref: link, packed: false };
  return {
    kind: 'item',
    item: {
      id,
      torrent: linkKey(link),
      name: path,
      addedMs: unixSecondsToMs(told['date']),
      state: 'ready',
      reason: null,
      files: path === '' || size === 0 ? null : [file],
      revision: revisionOf([path, size]) ?? '',
    },
  };
}
