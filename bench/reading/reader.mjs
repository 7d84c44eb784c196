/**
 * Reads, and measures how that goes: the only program of the benchmark that touches a mount with Node. What it is to do comes as JSON:
 *
 *   node reader.mjs '{"job": "latency", …}'
 *
 * Prints a line of JSON. Bytes are compared with what they must be: all of them where it is about time, a sample of each piece where
 * it is about throughput.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Verifier } from './files.mjs';
import { openTarget, requestRange } from './sources.mjs';

const mib = 2 ** 20;
const pieceBytes = mib;
const sampleBytes = 4096;

const verifier = new Verifier();
const now = () => performance.now();

/** Some of a piece, each time from another place. */
function checkSample(bytes, target, offset) {
  const at = Math.floor((offset / pieceBytes) * 1237) % Math.max(1, bytes.length - sampleBytes);
  verifier.check(bytes.subarray(at, at + sampleBytes), target, offset + at);
}

async function readOnce(target, offset, length) {
  const buffer = Buffer.alloc(length);
  const began = now();
  const source = await openTarget(target);
  const got = await source.read(buffer, offset, length);
  const tookMs = now() - began;
  await source.close();
  if (got !== length) throw new Error(`${target.name} gave ${got} of ${length} bytes at ${offset}`);
  verifier.check(buffer, target, offset);
  return tookMs;
}

/** Reads one after another until the end or the time is up. */
async function readThrough(target, { offset = 0, bytes, untilMs = Infinity }) {
  const source = await openTarget(target);
  const buffer = Buffer.alloc(pieceBytes);
  let at = offset;
  while (at < offset + bytes && now() < untilMs) {
    const got = await source.read(buffer, at, Math.min(pieceBytes, offset + bytes - at));
    if (got === 0) throw new Error(`${target.name} ended at ${at}`);
    checkSample(buffer.subarray(0, got), target, at);
    at += got;
  }
  await source.close();
  return at - offset;
}

/** The same of a bare client: one request. */
async function receiveThrough(target, { offset = 0, bytes, untilMs = Infinity }) {
  let at = offset;
  for await (const piece of await requestRange(target.url, offset, offset + bytes)) {
    // It comes in pieces of 64 KiB: as many bytes are compared as of a mount.
    if (at % pieceBytes < piece.length) checkSample(piece, target, at);
    at += piece.length;
    if (now() > untilMs) break;
  }
  return at - offset;
}

/** One at 60 Mbit/s, say, as a player reads that keeps no buffer. @returns the longest that it waited after its first piece. */
async function play(target, { bitsPerSecond, pieceBytes, untilMs }) {
  const source = await openTarget(target);
  const buffer = Buffer.alloc(pieceBytes);
  const pieceMs = (pieceBytes * 8000) / bitsPerSecond;
  let longestMs = 0;
  let dueMs = 0;
  for (let n = 0; now() < untilMs; n += 1) {
    const began = now();
    await source.read(buffer, n * pieceBytes, pieceBytes);
    const waitedMs = now() - began;
    verifier.check(buffer, target, n * pieceBytes);
    if (n > 0) longestMs = Math.max(longestMs, waitedMs);
    // A player that had to wait goes on from there.
    dueMs = Math.max(n === 0 ? now() : dueMs, now() - pieceMs) + pieceMs;
    await sleep(Math.max(0, dueMs - now()));
  }
  await source.close();
  return longestMs;
}

const jobs = {
  /** Time from opening to the bytes of each, one at a time; the first one warms up and is not told. */
  async latency({ reads, pauseMs = 0 }) {
    const tookMs = [];
    for (const { target, offset, length } of reads) {
      tookMs.push(await readOnce(target, offset, length));
      await sleep(pauseMs);
    }
    return { tookMs: tookMs.slice(1) };
  },

  /** As much as fits into the time, by one reader or, of a bare client, by as many requests as there are targets. */
  async through({ targets, bytes, seconds = Infinity }) {
    const began = now();
    const untilMs = began + seconds * 1000;
    const read = targets[0].path === undefined ? receiveThrough : readThrough;
    const got = await Promise.all(
      targets.map((target, n) => read(target, { offset: n * bytes, bytes, untilMs })),
    );
    const readBytes = got.reduce((sum, each) => sum + each, 0);
    return { bytes: readBytes, mibPerSecond: readBytes / mib / ((now() - began) / 1000) };
  },

  /** All at once, each from its start as fast as it comes. */
  async flood({ targets, seconds }) {
    const untilMs = now() + seconds * 1000;
    await Promise.all(targets.map((target) => readThrough(target, { bytes: target.size, untilMs })));
    return {};
  },

  /** All at once, each at its pace. */
  async players({ targets, seconds, bitsPerSecond, pieceBytes }) {
    const how = { bitsPerSecond, pieceBytes, untilMs: now() + seconds * 1000 };
    const waits = await Promise.all(targets.map((target) => play(target, how)));
    return { longestWaitMs: Math.max(...waits) };
  },

  /** Looks into each, some at a time, under a name that debridfs knows for a scanner's. */
  async scan({ targets, atOnce, headBytes, tailBytes, seconds }) {
    process.title = 'ffprobe';
    const untilMs = now() + seconds * 1000;
    const left = [...targets];
    const work = async () => {
      for (let target; now() < untilMs && (target = left.shift()) !== undefined;) {
        if (headBytes > 0) await readOnce(target, 0, headBytes);
        if (tailBytes > 0) await readOnce(target, target.size - tailBytes, tailBytes);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return { scanned: targets.length - left.length };
  },
};

const { job, ...options } = JSON.parse(process.argv[2]);
process.stdout.write(`${JSON.stringify(await jobs[job](options))}\n`);
// Connections that are kept would keep the process.
process.exit(0);
