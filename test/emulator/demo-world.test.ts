import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { demoAccounts, demoWorld } from '../../src/emulator/demo-world.js';
import { get, ask, post } from './http-client.js';
import { started } from './started.js';

const media = new URL('../../src/emulator/media/', import.meta.url);

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

it('the samples are few, small, and all different', () => {
  const files = readdirSync(media).map((name) => new URL(name, media));
  expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(1_500_000);
  expect(new Set(files.map((file) => sha256(readFileSync(file)))).size).toBe(files.length);
});

it('every account of the demonstration has a library, and its bytes are the samples', async () => {
  const emulator = await started({ world: demoWorld, realtime: true, knobs: { torBox: { settleMs: 0 } } });
  const [rd, ad, tb] = demoAccounts;
  const served: string[] = [];
  const keep = async (url: string): Promise<void> => {
    served.push(sha256((await ask(url)).body));
  };

  const rdBase = `${emulator.apiUrl(rd.service)}/rest/1.0`;
  for (const { links } of (await get(`${rdBase}/torrents`, rd.token)).json() as { links: string[] }[]) {
    for (const link of links) {
      const answer = await post(`${rdBase}/unrestrict/link`, rd.token, { link });
      await keep((answer.json() as { download: string }).download);
    }
  }
  const adBase = `${emulator.apiUrl(ad.service)}/v4`;
  const ids = { 'id[0]': '100001', 'id[1]': '100002', 'id[2]': '100003', 'id[3]': '100004' };
  const trees = (await post(`${adBase}/magnet/files`, ad.token, ids)).text();
  emulator.knobs.rateLimits = false;
  for (const [link] of trees.matchAll(/https:[^"]*/g)) {
    const answer = await post(`${adBase}/link/unlock`, ad.token, { link });
    await keep((answer.json() as { data: { link: string } }).data.link);
  }
  const tbBase = `${emulator.apiUrl(tb.service)}/v1/api`;
  for (const [list, id] of [
    ['torrents', 'torrent_id'],
    ['usenet', 'usenet_id'],
    ['webdl', 'web_id'],
  ] as const) {
    const rows = (await get(`${tbBase}/${list}/mylist`, tb.token)).json() as {
      data: { id: number; files: { id: number }[] }[];
    };
    for (const row of rows.data) {
      for (const file of row.files) {
        const query = `token=${tb.token}&${id}=${row.id}&file_id=${file.id}`;
        await keep(((await ask(`${tbBase}/${list}/requestdl?${query}`)).json() as { data: string }).data);
      }
    }
  }

  const samples = readdirSync(media).filter((name) => name !== 'README.md');
  const hashOf = (name: string): string => sha256(readFileSync(new URL(name, media)));
  const hashes = samples.map(hashOf);
  expect(samples.filter((name) => !served.includes(hashOf(name)))).toEqual([
    'charge.mkv', // for sale
    'coffee-run.mkv', // a link
    'cosmos-laundromat.mkv', // still downloading
    'elephants-dream.extra.mkv', // packed
    'hero.mkv', // in volumes
    'sintel.srt', // inside the video
    'sprite-fright.mp4', // a link
    'wing-it.mp4', // a link
  ]);
  const generated = served.filter((hash) => !hashes.includes(hash));
  expect(generated).toHaveLength(4); // archives and volumes
});
