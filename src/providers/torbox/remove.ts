/** Removes single downloads from a TorBox account: the only calls that control any. */
import { AppError } from '../../core/errors.js';
import type { ListName, TorBoxList } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';

/** What one download is named by. INVARIANT: nothing that is sent can mean more than one; `all`, which empties a list, has no place in it. */
type Deletion = { readonly operation: 'delete'; readonly all?: never } & (
  | { readonly torrent_id: number }
  | { readonly usenet_id: number }
  | { readonly webdl_id: number }
  | { readonly queued_id: number }
);

/** Removes one download, by its id; one that is not there is removed. @throws {AppError} `invalid` for what is no id. */
export async function removeDownload(
  api: AccountApi,
  list: ListName,
  itemId: string,
  signal: AbortSignal,
): Promise<void> {
  if (!/^\d{1,15}$/.test(itemId))
    throw new AppError('invalid', 'A download of TorBox has a number as its id.');
  const [path, body] = deletionOf(list as TorBoxList, Number(itemId));
  await send(api, path, body, signal);
}

/** Takes one torrent out of the queue of those that wait for a slot. */
export function removeQueued(api: AccountApi, id: number, signal: AbortSignal): Promise<void> {
  return send(api, '/queued/controlqueued', { operation: 'delete', queued_id: id }, signal);
}

async function send(api: AccountApi, path: string, json: Deletion, signal: AbortSignal): Promise<void> {
  try {
    await api.call({ purpose: 'details', method: 'POST', path, json, signal });
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'item-gone') throw thrown;
  }
}

function deletionOf(list: TorBoxList, id: number): readonly [path: string, body: Deletion] {
  const operation = 'delete';
  switch (list) {
    case 'torrents':
      return ['/torrents/controltorrent', { operation, torrent_id: id }];
    case 'usenet':
      return ['/usenet/controlusenetdownload', { operation, usenet_id: id }];
    case 'webdl':
      return ['/webdl/controlwebdownload', { operation, webdl_id: id }];
  }
}
