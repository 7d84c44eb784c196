import type { AccountName } from '../core/account.js';
import type {
  AccountOrders,
  AddAnswer,
  AddOrder,
  HeldItem,
  ItemName,
  ItemProgress,
  LinkToAdd,
} from '../core/adding.js';
import type { TorrentKey } from '../core/torrent.js';
import type { SentOrder } from '../server/control-orders.js';
import { askRunning } from './control-client.js';

/** The running process's orders, over its control socket. */
export class RunningOrders implements AccountOrders {
  readonly #stateDir: string;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  add({ torrent, files, account }: AddOrder, signal: AbortSignal): Promise<AddAnswer> {
    const file = torrent.file === null ? null : Buffer.from(torrent.file).toString('base64');
    const sent: SentOrder = { torrent: { ...torrent, file }, files, account };
    return this.#ask('add', {}, signal, sent);
  }

  progressOf(item: ItemName, signal: AbortSignal): Promise<ItemProgress> {
    return this.#ask('progress', wordsOf(item), signal);
  }

  holders(torrent: TorrentKey, signal: AbortSignal): Promise<readonly HeldItem[]> {
    return this.#ask('holders', { torrent }, signal);
  }

  async remove(item: ItemName, torrent: TorrentKey, signal: AbortSignal): Promise<void> {
    await this.#ask('remove', { ...wordsOf(item), torrent }, signal);
  }

  async addLink(
    account: AccountName,
    { url, name, password }: LinkToAdd,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#ask('link', {}, signal, { account, url, name, password });
  }

  async linkDropped(torrent: TorrentKey, signal: AbortSignal): Promise<void> {
    await this.#ask('link-dropped', { torrent }, signal);
  }

  shown(account: AccountName, torrent: TorrentKey, signal: AbortSignal): Promise<readonly string[] | null> {
    return this.#ask('shown', { account, torrent }, signal);
  }

  #ask<Answer>(
    what: string,
    words: Readonly<Record<string, string>>,
    signal: AbortSignal,
    body?: object,
  ): Promise<Answer> {
    const path = `/orders/${what}?${new URLSearchParams(words).toString()}`;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return askRunning(this.#stateDir, { method: 'POST', path, timeoutMs: null, signal, ...sent });
  }
}

function wordsOf({ account, list, itemId }: ItemName): Record<string, string> {
  return { account, list, itemId };
}
