/**
 * Reads files of a mount in every way that players and scanners do, compares every byte, and tells what it did: `{kind: 'did', bytes}`,
 * `{kind: 'failed', path, errno, beganMs, endedMs}` or `{kind: 'wrong', path, offset, why}`. It reads synchronously, because whoever
 * touches a mount may hang and has to be killed. Arguments: the path of `dist/`, and what to do as JSON.
 */
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const [, , dist, told] = process.argv;
const { contentBytes } = await import(`${dist}/emulator/content.js`);
const { Prng } = await import(`${dist}/emulator/prng.js`);
const { files, seed, verify } = JSON.parse(told);
const prng = new Prng(seed);

const below = (end) => Math.floor(prng.fraction() * end);
const pieceBytes = 256 * 1024;
const buffer = Buffer.alloc(2 ** 20);

/** Reads a range and compares it. A file that ends within its size is wrong. */
function readRange(fd, file, start, end) {
  let bytes = 0;
  for (let at = start; at < end;) {
    const got = fs.readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
    const right = contentBytes(file.hash, file.inner, at, at + got);
    const why = got === 0 ? 'it ends here' : right.equals(buffer.subarray(0, got)) ? null : 'other bytes';
    if (why !== null) process.send({ kind: 'wrong', path: file.path, offset: at, why });
    if (got === 0) break;
    at += got;
    bytes += got;
  }
  return bytes;
}

const ways = {
  /** A player: from somewhere, in order. */
  play: (fd, file) => {
    const start = below(file.size);
    return readRange(fd, file, start, Math.min(file.size, start + (1 + below(24)) * 2 ** 20));
  },
  /** A player whose user is impatient. */
  seek: (fd, file) => {
    let bytes = 0;
    for (let times = 0; times < 6; times += 1) {
      const start = below(file.size);
      bytes += readRange(fd, file, start, Math.min(file.size, start + 1 + below(pieceBytes)));
    }
    return bytes;
  },
  /** A scanner. */
  probe: (fd, file) =>
    readRange(fd, file, 0, Math.min(file.size, pieceBytes)) +
    readRange(fd, file, Math.max(0, file.size - pieceBytes), file.size),
};

/** Opens a file, does something with it, and tells what came of it. @returns whether all went well. */
function attempt(file, way) {
  const beganMs = Date.now();
  let fd;
  try {
    const { size } = fs.statSync(file.path);
    if (size !== file.size) process.send({ kind: 'wrong', path: file.path, offset: 0, why: `${size} bytes` });
    fd = fs.openSync(file.path, 'r');
    process.send({ kind: 'did', bytes: way(fd, file) });
    return true;
  } catch (error) {
    const errno = error.code ?? String(error);
    process.send({ kind: 'failed', path: file.path, errno, beganMs, endedMs: Date.now() });
    return false;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

let isAsked = true;
process.on('message', () => (isAsked = false));
process.on('disconnect', () => process.exit(0));

if (verify) {
  for (const file of files) {
    attempt(file, ways.probe);
    if (file.size <= 8 * 2 ** 20) attempt(file, (fd) => readRange(fd, file, 0, file.size));
  }
} else {
  const names = Object.keys(ways);
  while (isAsked) {
    const isWell = attempt(files[below(files.length)], ways[names[below(names.length)]]);
    // As a program that was told an error.
    await setTimeout(isWell ? 0 : 100);
  }
}
process.exit(0);
