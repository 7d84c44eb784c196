/** How fast one reader gets through a file, and what that costs. */
import { atLeastTimes, atMost } from '../aims.mjs';

const mib = 2 ** 20;
const gb = 1e9;

const capBytesPerSecond = 8 * mib;
const allowedConnections = 4;
/** Time for 512 MiB over four connections, and some more. */
const cappedSeconds = 22;
/** Fits into the memory that debridfs has for blocks, with room for what it fills. */
const warmBytes = 128 * mib;
const warmPasses = 6;
/** Of another file, before it is measured what a new one costs: code is compiled, and memory is there, as in a program that runs. */
const warmUpBytes = 512 * mib;
const diskBytes = 384 * mib;
/** Until what was read is written down. */
const settleMs = 1500;

/** What reading costs the program that serves the mount. */
async function withCost({ client }, work) {
  const before = await client.process?.cpuSeconds();
  const measured = await work();
  if (before === undefined) return measured;
  const cpuSeconds = (await client.process.cpuSeconds()) - before;
  return { ...measured, cpuSecondsPerGb: cpuSeconds / (measured.bytes / gb) };
}

async function withLoop({ client, isOurs }, work) {
  if (!isOurs) return await work();
  client.process.watchLoop();
  const measured = await work();
  return { ...measured, loopP99Ms: await client.process.loopDelayP99Ms() };
}

export const sequentialCases = [
  {
    name: 'capped',
    clients: ['bare', 'rclone', 'debridfs'],
    metrics: {
      mibPerSecond: {
        title: `Cold, in order, connections capped at 8 MiB/s (bare: ${allowedConnections} of them), MiB/s`,
        aims: [atLeastTimes(0.9, 'bare'), atLeastTimes(3, 'rclone')],
      },
      connections: { title: 'The same, connections at most', aims: [atMost(allowedConnections)] },
    },
    async measure({ client, isBare, films, read, settings, ask }) {
      await settings({ delayMs: 50, capBytesPerSecond });
      const targets = Array(isBare ? allowedConnections : 1).fill(client.target(films[0]));
      const measured = await read('through', { targets, bytes: 512 * mib, seconds: cappedSeconds });
      const { mostOpen } = await ask(`count ${films[0].name}`);
      return [{ mibPerSecond: measured.mibPerSecond, connections: mostOpen }];
    },
  },
  {
    name: 'cold',
    clients: ['bare', 'rclone', 'debridfs'],
    metrics: {
      mibPerSecond: {
        title: 'Cold, in order, no cap, MiB/s',
        aims: [atLeastTimes(0.6, 'bare'), atLeastTimes(4, 'rclone')],
      },
      cpuSecondsPerGb: { title: 'The same, CPU seconds per GB', aims: [atMost(1)] },
      loopP99Ms: { title: 'The same, event loop late by, p99, ms', aims: [atMost(20)] },
    },
    async measure(context) {
      const { client, films, read } = context;
      // The program has read before: what is measured is not its start.
      await read('through', { targets: [client.target(films[1])], bytes: warmUpBytes });
      const work = () =>
        read('through', { targets: [client.target(films[0])], bytes: 768 * mib, seconds: 6 });
      return [await withLoop(context, () => withCost(context, work))];
    },
  },
  {
    name: 'warm',
    clients: ['rclone', 'debridfs'],
    metrics: {
      mibPerSecond: { title: 'Warm, in order, from memory, MiB/s', aims: [atLeastTimes(2.5, 'rclone')] },
      cpuSecondsPerGb: { title: 'The same, CPU seconds per GB', aims: [atMost(0.6)] },
      loopP99Ms: { title: 'The same, event loop late by, p99, ms', aims: [atMost(20)] },
    },
    async measure(context) {
      const { client, films, read, sleep, dropPages } = context;
      const target = client.target(films[0]);
      const pass = () => read('through', { targets: [target], bytes: warmBytes });
      await pass();
      await sleep(settleMs);
      const samples = [];
      for (let n = 0; n < warmPasses; n += 1) {
        await dropPages(target);
        samples.push(await withLoop(context, () => withCost(context, pass)));
      }
      return samples;
    },
  },
  {
    name: 'disk',
    clients: ['rclone', 'debridfs'],
    metrics: {
      mibPerSecond: {
        title: 'Warm, in order, after a restart, MiB/s',
        aims: [atLeastTimes(1.5, 'rclone')],
      },
      fetchedMib: { title: 'The same, MiB fetched', aims: [atMost(0)] },
      cpuSecondsPerGb: { title: 'The same, CPU seconds per GB', aims: [atMost(0.6)] },
    },
    async measure(context) {
      const { client, films, read, sleep, ask } = context;
      const pass = () => read('through', { targets: [client.target(films[0])], bytes: diskBytes });
      await pass();
      await sleep(settleMs);
      await client.restart();
      await ask('reset');
      const measured = await withCost(context, pass);
      return [{ ...measured, fetchedMib: (await ask('count *')).bytes / mib }];
    },
  },
];
