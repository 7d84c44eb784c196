/** The files that are read, the same through every client, and what must be in them. */
import { makePattern } from '../pattern.mjs';

/** As in served-files.h: a prime number, so that bytes from a wrong place are seen. */
const patternBytes = 8_388_617;
/** How far apart the beginnings of two files are in the pattern. */
const shiftBytes = 1_000_003;

/** 20 GB each, which nobody reads whole. */
const bigFileBytes = 20_000_000_000;
const filmCount = 40;
const scanCount = 200;

const numbered = (name, count) =>
  Array.from({ length: count }, (_, n) => `${name}-${String(n).padStart(3, '0')}.mkv`);

/** `films` to be played, `scans` to be looked into. Each has `name`, `size` and `shift`. */
export function bigFiles() {
  const names = [...numbered('film', filmCount), ...numbered('scan', scanCount)];
  const files = names.map((name, n) => {
    return { name, size: bigFileBytes, shift: (n * shiftBytes) % patternBytes };
  });
  return { films: files.slice(0, filmCount), scans: files.slice(filmCount) };
}

/** The list that the file server is given. */
export function serverList(files) {
  const lines = files.map(({ name, size, shift, path }) => {
    return path === undefined ? `${name} ${size} ${shift}` : `${name} ${size} - ${path}`;
  });
  return `${lines.join('\n')}\n`;
}

/** Tells whether bytes are those of a file. */
export class Verifier {
  #pattern = makePattern(patternBytes);

  /** @throws {Error} when the bytes are not those of the file at `offset`. */
  check(bytes, { name, shift }, offset) {
    for (let done = 0; done < bytes.length;) {
      const at = (offset + done + shift) % patternBytes;
      const length = Math.min(bytes.length - done, patternBytes - at);
      if (bytes.compare(this.#pattern, at, at + length, done, done + length) !== 0) {
        throw new Error(`${name} holds wrong bytes from ${offset + done} on`);
      }
      done += length;
    }
  }
}
