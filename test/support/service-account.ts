import { request } from 'undici';
import { expect, onTestFinished } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import type { Source } from '../../src/core/content.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Provider } from '../../src/core/provider.js';
import type { Item, ItemDetails, Listing, TorBoxList } from '../../src/core/torrent.js';
import { contentBytes } from '../../src/emulator/content.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.js';
import type { WorldAccount, WorldItem, WorldTorrent } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { never } from './never.js';

/** A service with an account, and the provider that asks it over HTTP. */
export interface ServiceAccount {
  readonly emulator: Emulator;
  readonly provider: Provider;
  /** Moves the client's time along with the service's, in milliseconds. */
  readonly tick: (ms: number) => void;
}

/**
 * Starts both; they end with their test.
 * @param others accounts besides.
 */
export async function serviceAccount(
  service: ServiceName,
  items: readonly WorldItem[],
  knobs: EmulatorOptions['knobs'] = {},
  others: readonly WorldAccount[] = [],
): Promise<ServiceAccount> {
  const emulator = await startEmulator({
    world: { accounts: [{ service, token: 'tok', items }, ...others] },
    knobs,
  });
  let skippedMs = 0;
  const clock: Clock = {
    now: () => emulator.now(),
    monotonic: () => systemClock.monotonic() + skippedMs,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    after: (ms, call) => systemClock.after(ms, call),
  };
  const tick = (ms: number): void => {
    skippedMs += ms;
    emulator.advance(ms);
  };
  const provider = providerOf(emulator, service, 'tok', clock);
  onTestFinished(async () => {
    await provider.close();
    await emulator.stop();
  });
  return { emulator, provider, tick };
}

/** A provider for an account, with which whoever asks for it ends it. */
export function providerOf(
  emulator: Emulator,
  service: ServiceName,
  token: string,
  clock: Clock = systemClock,
): Provider {
  return createProvider({
    service,
    account: 'mine',
    token,
    apiUrl: emulator.apiUrl(service),
    proxyUrl: null,
    clock,
    logger: silentLogger,
    userAgent: 'debridfs/test',
  });
}

export function listed(
  provider: Provider,
  list: TorBoxList = 'torrents',
  mode: 'full' | 'cheap' = 'full',
): Promise<Listing> {
  return provider.list(list, mode, never);
}

/** Items with their files, details asked for where the list does not tell them. */
export async function withFiles(
  provider: Provider,
  items: readonly Item[],
  list: TorBoxList = 'torrents',
): Promise<ItemDetails[]> {
  const known = items.flatMap(({ id, name, files }) => (files === null ? [] : [{ id, name, files }]));
  const missing = items.filter(({ files }) => files === null).map(({ id }) => id);
  const details: ItemDetails[] = [...known];
  for await (const detail of provider.details(list, missing, never)) details.push(detail);
  return items
    .map(({ id }) => details.find((detail) => detail.id === id))
    .filter((detail) => detail !== undefined);
}

/** Bytes by a new link, once it has settled. */
export async function bytes(
  { provider, tick }: ServiceAccount,
  list: TorBoxList,
  itemId: string,
  ref: string,
  start: number,
  end: number,
): Promise<Buffer> {
  const { url } = await provider.link(sourceOf(itemId, ref, list), never);
  for (;;) {
    const response = await request(url, { headers: { range: `bytes=${start}-${end - 1}` } });
    const body = Buffer.from(await response.body.arrayBuffer());
    if (response.statusCode === 206) return body;
    // TorBox refuses a new link until it has settled.
    expect([response.statusCode, provider.service]).toEqual([400, 'torbox']);
    tick(provider.linkPolicy.settleMs);
  }
}

/** Every file of a torrent that its account holds is told with its size and serves the torrent's bytes. */
export async function expectReadable(
  account: ServiceAccount,
  list: TorBoxList,
  details: ItemDetails | undefined,
  of: WorldTorrent,
): Promise<void> {
  const files = details?.files ?? [];
  const base = (path: string): string => path.split('/').at(-1) ?? '';
  expect(files.map(({ path, size }) => [base(path), size])).toEqual(
    expect.arrayContaining(of.files.map(({ path, size }) => [base(path), size])),
  );
  for (const file of of.files) {
    const ref = files.find(({ path }) => base(path) === base(file.path))?.ref ?? 'none';
    const at = Math.max(0, Math.min(file.size - 50, 2 ** 32 - 20));
    const end = Math.min(file.size, at + 50);
    const got = await bytes(account, list, details?.id ?? '', ref, at, end);
    expect(got.equals(contentBytes(of.hash, file.path, at, end))).toBe(true);
  }
}

/** A file of an item, as a link is asked for. */
export function sourceOf(itemId: string, ref: string, list: TorBoxList = 'torrents'): Source {
  return { account: 'mine', list, itemId, ref, ready: true, reason: null };
}
