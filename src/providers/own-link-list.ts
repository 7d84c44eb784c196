/** The links of the user's own that an account can resolve, as one of its lists. */
import type { Clock } from '../core/clock.js';
import { toAppError, type AppError } from '../core/errors.js';
import { linkId, linkKey, type OwnLink, type OwnLinks } from '../core/own-links.js';
import type { ListMode } from '../core/provider.js';
import type { Item, ItemDetails, ItemFile, Listing } from '../core/torrent.js';
import type { ItemFailures } from './item-failures.js';
import { revisionOf } from './revision.js';

/** What a link leads to: one file, one video in several qualities, or something that stands for several links. */
export type LinkKind = 'file' | 'stream' | 'folder' | 'container' | 'redirector';

/** What a service takes, as it says itself. */
export interface LinkRules {
  /** Null where it does not take the link. */
  kindOf(url: string): LinkKind | null;
}

/** What a service can tell of links without spending anything. */
export interface LinkTeller {
  /** @throws {AppError} why it did not say. */
  rules(signal: AbortSignal): Promise<LinkRules>;
  /** The files behind a link where its line alone tells all of them; null where they must be asked for. */
  filesTold(link: OwnLink, kind: LinkKind): readonly ItemFile[] | null;
  /**
   * The files behind a link, their refs included; null where the service does not know them, or not yet.
   * @throws {AppError} what the link or the account is refused for; `host-limited` while its host is not to be asked.
   */
  filesOf(link: OwnLink, kind: LinkKind, signal: AbortSignal): Promise<readonly ItemFile[] | null>;
  /** What of a line makes its files be asked for again when it changes; absent: all of it. */
  readonly revisionFacts?: (link: OwnLink) => readonly unknown[];
}

/** Hosts come and go over days; the services ask to be asked every few hours (AllDebrid's API documentation, read 2026-11). */
const rulesLifetimeMs = 4 * 3_600_000;

/** What a listing was made of. */
interface Listed {
  readonly links: readonly OwnLink[];
  readonly rules: LinkRules;
}

/** Lists the user's links for one account. Remembers what hosts its service takes. */
export class OwnLinkList {
  readonly #links: OwnLinks;
  readonly #teller: LinkTeller;
  readonly #clock: Clock;
  /** The links by id, and what was listed of them: neither is made again while nothing changes. */
  #index: { readonly links: readonly OwnLink[]; readonly byId: ReadonlyMap<string, OwnLink> } | null = null;
  #listed: (Pick<Listing, 'items' | 'unreadable'> & Listed) | null = null;
  /** What was told whole last; null: nothing, or not all of it was known. */
  #told: Listed | null = null;
  #rules: { readonly rules: LinkRules; readonly untilMs: number } | null = null;
  /** Why links were not told when they were last asked for, by id. */
  readonly #refusals = new Map<string, AppError>();

  constructor(links: OwnLinks, teller: LinkTeller, clock: Clock) {
    this.#links = links;
    this.#teller = teller;
    this.#clock = clock;
  }

  /**
   * The links that the account takes, or with `cheap` nothing where none has changed since they were told whole. One that it does
   * not take any more stays as it was: reading it says why.
   * @throws {AppError} when the service does not say what it takes.
   */
  async list(mode: ListMode, signal: AbortSignal): Promise<Listing> {
    const { links, isComplete } = await this.#links.read();
    const scope = isComplete ? 'complete' : 'changes';
    if (links.length === 0) return { scope, items: [], unreadable: [] };
    const rules = await this.#currentRules(signal);
    if (this.#listed?.links !== links || this.#listed.rules !== rules) {
      const items: Item[] = [];
      const unreadable: string[] = [];
      for (const [id, link] of this.#indexOf(links)) {
        const kind = rules.kindOf(link.url);
        if (kind === null) unreadable.push(id);
        else items.push(this.#itemOf(id, link, kind));
      }
      this.#listed = { links, rules, items, unreadable };
    }
    const { items, unreadable } = this.#listed;
    if (mode === 'cheap' && this.#told === this.#listed)
      return { scope: 'changes', items: [], unreadable: [] };
    this.#told = isComplete ? this.#listed : null;
    return { scope, items, unreadable };
  }

  /** What is behind links, one by one. */
  async *details(
    itemIds: readonly string[],
    failures: ItemFailures,
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    const rules = await this.#currentRules(signal);
    for (const id of itemIds) {
      const link = await this.find(id);
      const kind = link === undefined ? null : rules.kindOf(link.url);
      if (link === undefined || kind === null) continue;
      const files = await this.#teller.filesOf(link, kind, signal).catch((thrown: unknown) => {
        if (!signal.aborted) this.#refusals.set(id, toAppError(thrown));
        return failures.passOver(id, thrown);
      });
      if (files === null) continue;
      this.#refusals.delete(id);
      failures.succeeded();
      yield { id, name: link.name ?? nameOf(link, files), files: files.length > 0 ? files : null };
    }
  }

  /** The line that an item stands for; undefined where it is gone. */
  async find(itemId: string): Promise<OwnLink | undefined> {
    const { links } = await this.#links.read();
    return this.#indexOf(links).get(itemId);
  }

  /** Why what is behind a link was not told when it was last asked for; null where it was, or was not asked for. */
  refusalOf(url: string): AppError | null {
    return this.#refusals.get(linkId(url)) ?? null;
  }

  #indexOf(links: readonly OwnLink[]): ReadonlyMap<string, OwnLink> {
    if (this.#index?.links !== links) {
      const byId = new Map(links.map((link) => [linkId(link.url), link]));
      for (const id of this.#refusals.keys()) if (!byId.has(id)) this.#refusals.delete(id);
      this.#index = { links, byId };
    }
    return this.#index.byId;
  }

  #itemOf(id: string, link: OwnLink, kind: LinkKind): Item {
    const { url, name, size, password, quality, mayBuy, order } = link;
    const facts = this.#teller.revisionFacts?.(link) ?? [name, size, password, quality, mayBuy, order];
    const files = this.#teller.filesTold(link, kind);
    return {
      id,
      torrent: linkKey(url),
      name: name ?? (files === null ? '' : nameOf(link, files)),
      addedMs: 0,
      state: 'ready',
      reason: null,
      files,
      revision: revisionOf([kind, ...facts]) ?? '',
    };
  }

  async #currentRules(signal: AbortSignal): Promise<LinkRules> {
    const nowMs = this.#clock.monotonic();
    if (this.#rules === null || this.#rules.untilMs <= nowMs)
      this.#rules = { rules: await this.#teller.rules(signal), untilMs: nowMs + rulesLifetimeMs };
    return this.#rules.rules;
  }
}

/** What the files behind a link are called together: one by its own name, several by the last piece of the link's path. */
function nameOf({ url }: OwnLink, files: readonly ItemFile[]): string {
  const [only, ...others] = files;
  return only !== undefined && others.length === 0 ? only.path : lastPieceOf(url);
}

/** What a link is called where nobody tells: the last piece of its path, or its host. */
export function lastPieceOf(url: string): string {
  const { pathname, hostname } = new URL(url);
  const piece = pathname.split('/').findLast((text) => text !== '') ?? hostname;
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}
