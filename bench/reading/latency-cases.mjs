/** How long a reader waits for the first bytes of a place that nobody has read. */
import { atMostPlus } from '../aims.mjs';
import { median } from '../report.mjs';

const delayMs = 50;
/** How many files are read in one round. */
const readCount = 8;
/** Where the files are read before, so that their links are known; a film's length away from what is measured. */
const touchedAt = 18_000_000_000;
const touchBytes = 64 * 1024;
/** Until what was read before has ended everywhere. */
const settleMs = 1500;
/** Between two reads: what was read ahead for the one is not what the other waits for. */
const pauseMs = 300;

/** @param place where the file with this number is read, in which round. */
async function medianMs({ client, films, read, sleep, settings }, place, length) {
  const targets = films.slice(0, readCount + 1).map((film) => client.target(film));
  await read('latency', {
    reads: targets.map((target) => ({ target, offset: touchedAt, length: touchBytes })),
  });
  await settings({ delayMs });
  await sleep(settleMs);
  const reads = targets.map((target, n) => ({ target, offset: place(n), length }));
  const { tookMs } = await read('latency', { reads, pauseMs });
  return median(tookMs);
}

/** Places without order, the same in every client; an odd number, so that they are not aligned to anything. */
const somewhere = (n, round) =>
  1_000_000_007 + (((n + 1) * 7_654_321_987 + round * 1_234_567_891) % 15_000_000_000);

export const latencyCases = [
  {
    name: 'first-byte',
    clients: ['bare', 'rclone', 'debridfs'],
    metrics: {
      ms: {
        title: 'First 4 KiB of a cold file, link known, server takes 50 ms, ms',
        aims: [atMostPlus(5, 'bare'), atMostPlus(0, 'rclone')],
      },
    },
    measure: async (context) => [{ ms: await medianMs(context, () => 0, 4096) }],
  },
  {
    name: 'random',
    clients: ['bare', 'rclone', 'debridfs'],
    metrics: {
      ms: {
        title: '1 MiB at a random place of a cold file of 20 GB, the same, ms',
        aims: [atMostPlus(6, 'bare'), atMostPlus(0, 'rclone')],
      },
    },
    measure: async (context) => [
      { ms: await medianMs(context, (n) => somewhere(n, context.round), 2 ** 20) },
    ],
  },
];
