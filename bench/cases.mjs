/**
 * What is measured, and what we aim at. Each case has a fresh mount; it warms the server up, whereby bytes are compared,
 * then measures, and gives one or more samples. A metric stands as a ratio to fuse-native too, unless it is `absolute`.
 */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { atLeast, atLeastTimes, atMostTimes } from './aims.mjs';

/** The server that all others are compared with. */
export const baseline = 'fuse-native';

const times = (number) => atLeastTimes(number, baseline, '');
const atMostRatio = (number) => atMostTimes(number, baseline, '');

const fileGb = (512 * 2 ** 20) / 1e9;

/** Read-ahead of the cases that go through the page cache: as much as one request of ours may ask for. */
const readAheadKib = 1024;

const bigFiles = (count) => Array.from({ length: count }, (_, n) => `big/${n}.bin`);

/**
 * One file again and again, so that the page cache takes the same memory each time: in a virtual machine, memory that was
 * never used is slow.
 */
async function readRepeatedly({ load, ask, quick }, options) {
  await load('read', [...options, '--verify'], bigFiles(1));
  const samples = [];
  for (let n = 0; n < (quick ? 2 : 4); n += 1) {
    const before = await ask('cpu');
    const { mibPerSecond } = await load('read', options, bigFiles(1));
    const after = await ask('cpu');
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    samples.push({ mibPerSecond, cpuSecondsPerGb: cpuSeconds / fileGb });
  }
  return samples;
}

export const cases = [
  {
    name: 'sequential',
    readAheadKib,
    metrics: {
      mibPerSecond: { title: 'Sequential through the page cache, MiB/s', aims: [times(1.3)] },
      cpuSecondsPerGb: { title: 'The same, CPU seconds of the server per GB', aims: [atMostRatio(0.6)] },
    },
    measure: (run) => readRepeatedly(run, []),
  },
  {
    name: 'direct',
    metrics: { mibPerSecond: { title: '1 MiB past the page cache, MiB/s', aims: [times(2)] } },
    measure: (run) => readRepeatedly(run, ['--direct']),
  },
  {
    name: 'random',
    metrics: {
      callsPerSecond: { title: '4 KiB at random, 16 readers, reads/s', aims: [times(1.8)] },
      p50Us: { title: 'The same, median latency, µs' },
      p99Us: { title: 'The same, p99, µs', aims: [atMostRatio(0.5)] },
      lateP99Ms: { title: 'The same, event loop late by, p99, ms', absolute: true },
    },
    async measure({ load, ask, quick }) {
      const threads = ['--threads', '16'];
      await load('random', [...threads, '--verify', '--seconds', '0.5'], bigFiles(8));
      await ask('watch');
      const measured = await load('random', [...threads, '--seconds', quick ? '1' : '3'], bigFiles(8));
      return [{ ...measured, ...(await ask('loop')) }];
    },
  },
  {
    name: 'getattr',
    metrics: { callsPerSecond: { title: 'getattr, 4 threads, calls/s', aims: [times(2.2)] } },
    async measure({ load, quick }) {
      await load('getattr', ['--threads', '4', '--seconds', '0.5'], bigFiles(8));
      return [await load('getattr', ['--threads', '4', '--seconds', quick ? '1' : '2'], bigFiles(8))];
    },
  },
  {
    name: 'find',
    metrics: { seconds: { title: '`find` over 2,000 × 10 files, cold, s', aims: [atMostRatio(0.35)] } },
    async measure({ run, mountpoint }) {
      const start = performance.now();
      // The size has to be asked for, as a media server does; the type alone is in the listing.
      const found = await run('find', [join(mountpoint, 'tree'), '-type', 'f', '-size', '+0'], 60);
      const seconds = (performance.now() - start) / 1000;
      const count = found.split('\n').length - 1;
      if (count !== 20_000) throw new Error(`find found ${count} files of 20,000`);
      return [{ seconds }];
    },
  },
  {
    name: 'delayed',
    readAheadKib,
    delayMs: 20,
    metrics: {
      mibPerSecond: {
        title: '8 readers through the page cache, 20 ms behind each read, MiB/s',
        aims: [times(5)],
      },
    },
    async measure({ load, quick }) {
      await load('read', ['--verify', '--seconds', '0.5'], bigFiles(8));
      return [await load('read', ['--seconds', quick ? '2' : '4'], bigFiles(8))];
    },
  },
  {
    name: 'bursts',
    metrics: {
      calls: { title: 'getattr in bursts of 64, calls of 100,000 in time', absolute: true },
      firstTenthPerSecond: { title: 'The same, first tenth, calls/s' },
      lastTenthPerSecond: { title: 'The same, last tenth, calls/s' },
      lastToFirst: { title: 'The same, last tenth to first', aims: [atLeast(0.9)], absolute: true },
    },
    async measure({ load, quick }) {
      await load('getattr', ['--threads', '4', '--seconds', '0.5'], bigFiles(8));
      const limit = ['--requests', '100000', '--seconds', quick ? '10' : '60'];
      const measured = await load('bursts', ['--threads', '64', ...limit], bigFiles(8));
      return [{ ...measured, lastToFirst: measured.lastTenthPerSecond / measured.firstTenthPerSecond }];
    },
  },
];
