/** Gives torrents to accounts and takes single items away, by the accounts' own clients. */
import { atMost } from '../core/abortable.js';
import type { AccountName } from '../core/account.js';
import type {
  AccountOrders,
  AddAnswer,
  AddedItem,
  AddOrder,
  HeldItem,
  ItemName,
  ItemProgress,
  LinkToAdd,
} from '../core/adding.js';
import type { Clock } from '../core/clock.js';
import { AppError, toAppError, type ErrorCode } from '../core/errors.js';
import { alsoLeaving, leavesSomething, leftBehind } from '../core/left-behind.js';
import type { Provider, TorrentAdding } from '../core/provider.js';
import type { Item, ListName, TorrentKey } from '../core/torrent.js';
import { chooseAccounts, type Candidate, type Choice } from './choose-account.js';

/** So long an account is waited for that is asked how it is, in milliseconds. */
const stateWithinMs = 15_000;

/** So long it is tried to remove what was added after it was given up, in milliseconds. */
const undoMs = 4_000;

/** After these nobody knows what the service made of what it was asked. */
const mayHaveTaken: ReadonlySet<ErrorCode> = new Set(['timeout', 'network', 'bad-answer']);

/** What accounts hold of a torrent. */
export interface Holdings {
  readonly items: readonly HeldItem[];
  /** Accounts that did not say what they hold now, so that nothing of theirs is certain to be new. */
  readonly unheard: ReadonlySet<AccountName>;
}

export interface OrderParts {
  readonly providers: readonly Provider[];
  readonly clock: Clock;
  /** What these accounts hold of a torrent, as fresh as can be had soon. */
  readonly holders: (
    torrent: TorrentKey,
    accounts: readonly AccountName[],
    signal: AbortSignal,
  ) => Promise<Holdings>;
  /** Hears of an item that was just removed; resolves once the tree shows it. */
  readonly removed: (item: ItemName) => Promise<void>;
  readonly shown: AccountOrders['shown'];
  readonly linkDropped: AccountOrders['linkDropped'];
}

export class ProviderOrders implements AccountOrders {
  readonly #parts: OrderParts;
  /** Additions under way. */
  readonly #adding = new Set<Promise<unknown>>();

  constructor(parts: OrderParts) {
    this.#parts = parts;
  }

  add(order: AddOrder, signal: AbortSignal): Promise<AddAnswer> {
    const adding = this.#add(order, signal).finally(() => this.#adding.delete(adding));
    this.#adding.add(adding);
    return adding;
  }

  /** Resolves when nothing is being added any more; what was given up is undone by then. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#adding);
  }

  async #add(order: AddOrder, signal: AbortSignal): Promise<AddAnswer> {
    const { torrent, account } = order;
    const asked = account === null ? this.#takers() : [this.#takerOf(account)];
    if (asked.length === 0)
      throw new AppError(
        'invalid',
        'No account takes torrents: configure one of Real-Debrid, AllDebrid or TorBox.',
      );
    const names = asked.map(({ provider }) => provider.account);
    const { items: held, unheard } = await this.#parts.holders(torrent.hash, names, signal);
    const holder = await this.#firstThere(
      held.filter(({ state }) => state !== 'failed'),
      signal,
    );
    if (holder !== undefined) return { kind: 'held', item: holder };
    const known: Known = { items: new Set(held.map(({ itemId }) => itemId)), unheard };
    if (account !== null) return this.#addTo(order, account, 'you named it', known, [], signal);
    const candidates = await Promise.all(asked.map((taker) => this.#candidate(taker, torrent.hash, signal)));
    const { choices, passedOver } = chooseAccounts(candidates);
    return this.#addToFirst(order, choices, known, passedOver, signal);
  }

  progressOf({ account, itemId }: ItemName, signal: AbortSignal): Promise<ItemProgress> {
    return this.#takerOf(account).adding.progressOf(itemId, signal);
  }

  async holders(torrent: TorrentKey, signal: AbortSignal): Promise<readonly HeldItem[]> {
    const accounts = this.#parts.providers.map(({ account }) => account);
    return (await this.#parts.holders(torrent, accounts, signal)).items;
  }

  async remove(item: ItemName, torrent: TorrentKey, signal: AbortSignal): Promise<void> {
    const provider = this.#providerOf(item.account);
    if (provider.remove === undefined)
      throw new AppError('invalid', `Account "${item.account}" keeps nothing that could be removed.`);
    const { items } = await this.#parts.holders(torrent, [item.account], signal);
    const isHeld = items.some(({ list, itemId }) => list === item.list && itemId === item.itemId);
    if (!isHeld) await this.#expectThere(item, torrent, signal);
    await provider.remove(item.list, item.itemId, signal);
    await this.#parts.removed(item);
  }

  shown(account: AccountName, torrent: TorrentKey, signal: AbortSignal): Promise<readonly string[] | null> {
    return this.#parts.shown(account, torrent, signal);
  }

  /** What a list does not tell (yet) may be there all the same. @throws {AppError} `item-gone` where it is not. */
  async #expectThere(
    { account, list, itemId }: ItemName,
    torrent: TorrentKey,
    signal: AbortSignal,
  ): Promise<void> {
    const { adding } = this.#providerOf(account);
    const progress = list === 'torrents' ? await adding?.progressOf(itemId, signal) : undefined;
    if (progress?.torrent !== torrent)
      throw new AppError(
        'item-gone',
        `Account "${account}" does not hold this any more as item ${itemId}: nothing was removed.`,
      );
  }

  async addLink(account: AccountName, link: LinkToAdd, signal: AbortSignal): Promise<void> {
    const provider = this.#providerOf(account);
    if (provider.addLink === undefined) {
      const message = `Account "${account}" downloads no links: leave --account out, and it is read as it is.`;
      throw new AppError('invalid', message);
    }
    await provider.addLink(link, signal);
  }

  linkDropped(torrent: TorrentKey, signal: AbortSignal): Promise<void> {
    return this.#parts.linkDropped(torrent, signal);
  }

  async #addToFirst(
    order: AddOrder,
    choices: readonly Choice[],
    known: Known,
    before: readonly string[],
    signal: AbortSignal,
  ): Promise<AddAnswer> {
    const passedOver = [...before];
    /** What accounts that were passed over say of what is still there. */
    const left: string[] = [];
    for (const { provider, why } of choices) {
      try {
        return await this.#addTo(order, provider.account, why, known, passedOver, signal);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (signal.aborted || error.code === 'aborted' || isUsers(error)) throw alsoLeaving(error, left);
        const maybe = mayHaveTaken.has(error.code) ? ' It may have taken it all the same.' : '';
        const said = `${provider.account}: ${error.message}${maybe}`;
        passedOver.push(said);
        if (leavesSomething(error)) left.push(said);
      }
    }
    const none = `No account takes it. ${passedOver.join(' ')}`;
    throw new AppError('no-source', none, { context: left.length === 0 ? {} : leftBehind });
  }

  async #addTo(
    { torrent, files }: AddOrder,
    account: AccountName,
    why: string,
    known: Known,
    passedOver: readonly string[],
    signal: AbortSignal,
  ): Promise<AddAnswer> {
    const { provider, adding } = this.#takerOf(account);
    const added: AddedItem = await adding.add(torrent, { files, known: known.items }, signal);
    const { itemId, warning } = added;
    const isNew = added.isNew && !known.unheard.has(account);
    if (signal.aborted) throw await this.#givenUp(provider, itemId, isNew);
    return { kind: 'added', item: { account, list: 'torrents', itemId }, isNew, why, warning, passedOver };
  }

  /** The first item that is there: one that was just removed stays in the library until a second listing agrees. */
  async #firstThere(items: readonly HeldItem[], signal: AbortSignal): Promise<HeldItem | undefined> {
    for (const item of items) {
      const { adding } = this.#providerOf(item.account);
      if (item.list !== 'torrents' || adding === undefined) return item;
      try {
        await adding.progressOf(item.itemId, signal);
        return item;
      } catch (thrown) {
        if (toAppError(thrown).code !== 'item-gone') return item;
      }
    }
    return undefined;
  }

  /** Takes back what was added while it was given up. @returns the error to throw. */
  async #givenUp(provider: Provider, itemId: string, isNew: boolean): Promise<AppError> {
    if (!isNew) return new AppError('aborted', 'It was given up; the account had it already.');
    const late = new AbortController();
    const cancel = this.#parts.clock.after(undoMs, () => late.abort());
    try {
      await provider.remove?.('torrents', itemId, late.signal);
      return new AppError('aborted', 'It was given up, and what was added was removed again.');
    } catch (cause) {
      const message = `It was given up, but item ${itemId} of account "${provider.account}" could not be removed again: it is still there.`;
      return new AppError('aborted', message, { cause, context: leftBehind });
    } finally {
      cancel();
    }
  }

  async #candidate({ provider, adding }: Taker, hash: string, signal: AbortSignal): Promise<Candidate> {
    const late = (): AppError =>
      new AppError('timeout', `It has not answered for ${stateWithinMs / 1000} s.`, { retry: 'wait' });
    const ask = <Value>(call: Promise<Value>): Promise<Value> =>
      atMost(this.#parts.clock, stateWithinMs, call, late);
    const [state, cached] = await Promise.allSettled([
      ask(provider.state(signal)),
      ask(adding.isCached(hash, signal)),
    ]);
    return {
      provider,
      isCached: cached.status === 'fulfilled' ? cached.value : null,
      state: state.status === 'fulfilled' ? state.value : null,
      refusal: state.status === 'rejected' ? toAppError(state.reason).message : null,
    };
  }

  #takers(): readonly Taker[] {
    return this.#parts.providers.flatMap((provider) =>
      provider.adding === undefined ? [] : [{ provider, adding: provider.adding }],
    );
  }

  #takerOf(name: AccountName): Taker {
    const provider = this.#providerOf(name);
    const { adding } = provider;
    if (adding === undefined)
      throw new AppError(
        'invalid',
        `Account "${name}" takes no torrents: a storage portal sells links of file hosters only.`,
      );
    return { provider, adding };
  }

  #providerOf(name: AccountName): Provider {
    const provider = this.#parts.providers.find(({ account }) => account === name);
    if (provider === undefined) throw new AppError('config', `There is no account "${name}".`);
    return provider;
  }
}

/** What was there before. */
interface Known {
  /** Items of the torrent. */
  readonly items: ReadonlySet<string>;
  readonly unheard: ReadonlySet<AccountName>;
}

/** An account that takes torrents. */
interface Taker {
  readonly provider: Provider;
  readonly adding: TorrentAdding;
}

/** Whether another account would refuse it as well, because of what the user said (`--files`). */
function isUsers({ code, context }: AppError): boolean {
  return code === 'invalid' && context['account'] === undefined;
}

/** What accounts hold of a torrent, as their lists tell it. One that does not answer is left out. */
export class ListedHolders {
  readonly #providers: readonly Provider[];
  /** What every list told before: one that tells changes only (TorBox, within a minute) tells nothing of all else. */
  readonly #told = new Map<string, readonly Item[]>();

  constructor(providers: readonly Provider[]) {
    this.#providers = providers;
  }

  async of(torrent: TorrentKey, accounts: readonly AccountName[], signal: AbortSignal): Promise<Holdings> {
    const unheard = new Set<AccountName>();
    const asked = this.#providers.filter(({ account }) => accounts.includes(account));
    const found = await Promise.all(
      asked.flatMap((provider) =>
        provider.lists.map(async (list): Promise<readonly HeldItem[]> => {
          const { account } = provider;
          const items = await this.#list(provider, list, unheard, signal);
          return items
            .filter((item) => item.torrent === torrent)
            .map(({ id, name, state, reason, addedMs }) => ({
              ...{ account, list, itemId: id, name },
              ...{ state, reason, addedMs },
            }));
        }),
      ),
    );
    if (signal.aborted) throw new AppError('aborted', 'It was given up before anything was changed.');
    return { items: found.flat(), unheard };
  }

  async #list(
    provider: Provider,
    list: ListName,
    unheard: Set<AccountName>,
    signal: AbortSignal,
  ): Promise<readonly Item[]> {
    const key = `${provider.account} ${list}`;
    const before = this.#told.get(key) ?? [];
    const listing = await provider.list(list, 'full', signal).catch(() => null);
    if (listing === null) {
      if (list === 'torrents') unheard.add(provider.account);
      return before;
    }
    const ids = new Set(listing.items.map(({ id }) => id));
    const others = listing.scope === 'complete' ? [] : before.filter(({ id }) => !ids.has(id));
    const items = [...listing.items, ...others];
    this.#told.set(key, items);
    return items;
  }
}
