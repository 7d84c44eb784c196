import { expect, it } from 'vitest';
import { ListedHolders, ProviderOrders } from '../../src/adding/account-orders.js';
import type { AddedItem, AddOrder, HeldItem } from '../../src/core/adding.js';
import { AppError } from '../../src/core/errors.js';
import { leftBehind } from '../../src/core/left-behind.js';
import type { TorrentAdding } from '../../src/core/provider.js';
import { FakeClock } from '../support/fake-clock.js';
import { never } from '../support/never.js';
import { ScriptedProvider } from '../support/scripted-provider.js';

const hash = 'a'.repeat(40);
const order: AddOrder = {
  torrent: { hash, magnet: `magnet:?xt=urn:btih:${hash}`, file: null },
  files: { kind: 'videos' },
  account: 'ad',
};

/** An account that takes torrents, and answers an order as the test says. */
class TakingProvider extends ScriptedProvider {
  readonly removed: string[] = [];
  onAdd: () => AddedItem = () => ({ itemId: '7', isNew: true, warning: null });
  readonly adding: TorrentAdding = {
    isCached: () => Promise.resolve(null),
    add: () => Promise.resolve(this.onAdd()),
    progressOf: () => Promise.reject(new AppError('item-gone', 'It is gone.')),
  };
  readonly remove = (_: string, itemId: string): Promise<void> => {
    this.removed.push(itemId);
    return Promise.resolve();
  };
}

function ordersOf(
  provider: TakingProvider,
  held: readonly HeldItem[] = [],
  others: readonly TakingProvider[] = [],
): ProviderOrders {
  const providers = [provider, ...others];
  const holders = new ListedHolders(providers);
  return new ProviderOrders({
    providers,
    clock: new FakeClock(),
    holders: async (...args) => {
      const { items, unheard } = await holders.of(...args);
      return { items: [...items, ...held], unheard };
    },
    removed: () => Promise.resolve(),
    shown: () => Promise.resolve(null),
    linkDropped: () => Promise.resolve(),
  });
}

it('Ctrl-C while a service takes a torrent leaves nothing in the account', async () => {
  const provider = new TakingProvider('ad');
  const giveUp = new AbortController();
  provider.onAdd = () => {
    giveUp.abort();
    return { itemId: '7', isNew: true, warning: null };
  };
  await expect(ordersOf(provider).add(order, giveUp.signal)).rejects.toMatchObject({
    code: 'aborted',
    message: expect.stringContaining('was removed again') as string,
  });
  expect(provider.removed).toEqual(['7']);
});

it('Ctrl-C while a service says that it had a torrent already takes nothing away', async () => {
  const provider = new TakingProvider('ad');
  const giveUp = new AbortController();
  provider.onAdd = () => {
    giveUp.abort();
    return { itemId: '7', isNew: false, warning: null };
  };
  await expect(ordersOf(provider).add(order, giveUp.signal)).rejects.toMatchObject({ code: 'aborted' });
  expect(provider.removed).toEqual([]);
});

it('what an account had before is not taken for new because its list could not be read', async () => {
  const provider = new TakingProvider('ad');
  provider.listing = () => Promise.reject(new AppError('service-down', 'It is down.'));
  expect(await ordersOf(provider).add(order, never)).toMatchObject({ kind: 'added', isNew: false });
  provider.listing = () => ({ scope: 'complete', items: [], unreadable: [] });
  expect(await ordersOf(provider).add(order, never)).toMatchObject({ kind: 'added', isNew: true });
});

it('a torrent that was just removed on the service’s page is added, although the library still has it', async () => {
  const provider = new TakingProvider('ad');
  const held: HeldItem = {
    account: 'ad',
    list: 'torrents',
    itemId: '6',
    name: 'A',
    state: 'ready',
    reason: null,
    addedMs: 0,
  };
  expect(await ordersOf(provider, [held]).add(order, never)).toMatchObject({
    kind: 'added',
    item: { itemId: '7' },
  });
});

it('what one account could not remove again is told, whatever becomes of it at the next', async () => {
  const [first, second] = [new TakingProvider('rd'), new TakingProvider('ad')];
  const orders = ordersOf(first, [], [second]);
  const anywhere = { ...order, account: null };
  const giveUp = new AbortController();
  first.onAdd = () => {
    throw new AppError('service-down', 'Item 5 is still there.', { context: leftBehind });
  };
  second.onAdd = () => {
    throw new AppError('service-down', 'It is down.');
  };
  const told = { context: leftBehind, message: expect.stringContaining('Item 5 is still there') as string };
  await expect(orders.add(anywhere, giveUp.signal)).rejects.toMatchObject({ code: 'no-source', ...told });
  second.onAdd = () => {
    giveUp.abort();
    return { itemId: '7', isNew: true, warning: null };
  };
  await expect(orders.add(anywhere, giveUp.signal)).rejects.toMatchObject({ code: 'aborted', ...told });
  expect(second.removed).toEqual(['7']);
});
