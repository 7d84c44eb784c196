/**
 * Makes calls of `node:fs` on a mount, one after another and synchronously, because whoever touches a mount may hang and
 * has to be killed. Requests are `{id, call, args}`, answers `{id, value}` or `{id, errno}`.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';

const plain = (stat) =>
  Object.fromEntries(
    Object.entries(stat)
      .filter(([, value]) => typeof value === 'bigint')
      .map(([key, value]) => [key, Number(value)]),
  );

/** What watched folders told, in order: `create`, `change` and so on, as libuv tells them. */
const events = [];

/** The folder that is being listed. */
let folder;

const special = {
  openFolder: (path) => void (folder = fs.opendirSync(path, { bufferSize: 100 })),
  /** The names of up to so many of the entries that follow. */
  listSome: (count) => {
    const names = [];
    for (let entry; names.length < count && (entry = folder.readSync()) !== null;) names.push(entry.name);
    return names;
  },
  watch: (path) => void fs.watch(path, (event, name) => events.push(`${event} ${name}`)),
  events: () => events,
  /** What one read(2) after another gives, until the length or the end of the file. */
  readAt: (fd, offset, length) => {
    const buffer = Buffer.alloc(length);
    let got = 0;
    while (got < length) {
      const more = fs.readSync(fd, buffer, got, length - got, offset + got);
      if (more === 0) break;
      got += more;
    }
    return { length: got, sha256: createHash('sha256').update(buffer.subarray(0, got)).digest('hex') };
  },
  stat: (path) => plain(fs.statSync(path, { bigint: true })),
  fstat: (fd) => plain(fs.fstatSync(fd, { bigint: true })),
  statfs: (path) => plain(fs.statfsSync(path, { bigint: true })),
  readText: (path) => fs.readFileSync(path, 'utf8'),
  inodes: (path) => fs.readdirSync(path).map((name) => [name, fs.statSync(`${path}/${name}`).ino]),
  writeTo: (fd) => fs.writeSync(fd, 'x'),
};

process.on('message', ({ id, call, args }) => {
  try {
    const value = special[call] ? special[call](...args) : fs[`${call}Sync`](...args);
    process.send({ id, value: value ?? null });
  } catch (error) {
    process.send({ id, errno: error.code ?? error.message });
  }
});
// A program that handles a signal and goes on.
process.on('SIGUSR2', () => {});
process.on('disconnect', () => process.exit(0));
