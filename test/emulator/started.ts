import { onTestFinished } from 'vitest';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.js';
import type { ServiceName } from '../../src/core/account.js';
import type { WorldAccount, WorldItem } from '../../src/emulator/world.js';
import { get, post } from './http-client.js';

/** An emulator that stops with its test. */
export async function started(options: EmulatorOptions): Promise<Emulator> {
  const emulator = await startEmulator(options);
  onTestFinished(() => emulator.stop());
  return emulator;
}

export function account(
  service: ServiceName,
  items: readonly WorldItem[],
  token: string = service,
): WorldAccount {
  return { service, token, items };
}

/** A download URL for the first file of an account's only item. */
export async function downloadUrl(emulator: Emulator, service: ServiceName): Promise<string> {
  switch (service) {
    case 'real-debrid': {
      const base = `${emulator.urls.realDebrid}/rest/1.0`;
      const [item] = (await get(`${base}/torrents`, service)).json() as { links: string[] }[];
      const answer = await post(`${base}/unrestrict/link`, service, { link: item?.links[0] ?? '' });
      return (answer.json() as { download: string }).download;
    }
    case 'alldebrid': {
      const base = `${emulator.urls.allDebrid}/v4`;
      const files = (await post(`${base}/magnet/files`, service, { 'id[]': '100001' })).json();
      const link = /https:\/\/alldebrid\.com\/f\/\w+/.exec(JSON.stringify(files))?.[0] ?? '';
      const answer = await post(`${base}/link/unlock`, service, { link });
      return (answer.json() as { data: { link: string } }).data.link;
    }
    case 'torbox': {
      const query = `token=${service}&torrent_id=5000001&file_id=0`;
      const answer = await get(`${emulator.urls.torBox}/v1/api/torrents/requestdl?${query}`, service);
      return (answer.json() as { data: string }).data;
    }
    case 'storage-portal':
      throw new Error('it holds no items');
  }
}
