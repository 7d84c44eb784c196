/** What ffprobe costs the account: bytes and calls. In the bare client's column stands what it reads of a local file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atMost, atMostTimesOrPlus } from '../aims.mjs';
import { mediaKinds } from './media.mjs';

const mib = 2 ** 20;
/** Until what ffprobe does not read any more is not sent any more. */
const settleMs = 1000;
const probeSeconds = 60;

const probeArgs = ['-v', 'error', '-show_format', '-show_streams'];

/** Bytes of the blocks of 256 KiB that ffprobe reads. */
async function touchedBytes({ path }, { folder, run, touchedLibrary }) {
  const output = join(folder, 'touched-bytes');
  const env = { TOUCHED_FILE: path, TOUCHED_OUTPUT: output, LD_PRELOAD: touchedLibrary };
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  await run('env', [...pairs, 'ffprobe', ...probeArgs, path], probeSeconds);
  return Number(await readFile(output, 'utf8'));
}

const fetchedMetrics = mediaKinds.map(({ kind, name }) => [
  name,
  {
    title: `ffprobe of ${kind}, MiB fetched (bare: read, in blocks of 256 KiB)`,
    aims: [atMostTimesOrPlus(1.5, 2, 'bare')],
  },
]);

export const probeCase = {
  name: 'ffprobe',
  program: 'ffmpeg',
  clients: ['bare', 'rclone', 'debridfs'],
  metrics: {
    ...Object.fromEntries(fetchedMetrics),
    againMib: { title: 'ffprobe of all four again, MiB fetched', aims: [atMost(0)] },
    againCalls: { title: 'The same, requests to the server and calls of the API', aims: [atMost(0)] },
  },
  async measure(context) {
    const { client, isBare, media, run, ask, sleep, dropPages, apiCalls } = context;
    const sample = {};
    if (isBare) {
      for (const file of media) sample[file.name] = (await touchedBytes(file, context)) / mib;
      return [sample];
    }
    const targets = media.map((file) => client.target({ name: file.name, size: file.size }));
    const probe = ({ path }) => run('ffprobe', [...probeArgs, path], probeSeconds);
    for (const target of targets) {
      await ask('reset');
      await probe(target);
      await sleep(settleMs);
      sample[target.name] = (await ask(`count ${target.name}`)).bytes / mib;
    }
    for (const target of targets) await dropPages(target);
    await ask('reset');
    const callsBefore = apiCalls();
    for (const target of targets) await probe(target);
    await sleep(settleMs);
    const { bytes, requests } = await ask('count *');
    return [{ ...sample, againMib: bytes / mib, againCalls: requests + apiCalls() - callsBefore }];
  },
};
