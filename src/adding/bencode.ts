/** A strict reader of bencoded bytes (BEP 3), as far as a .torrent file needs one: it walks, and keeps nothing. */

/** Deeper than any torrent: `info`, `files`, a file, its `path`, and the tree of a version 2 torrent with its folders. */
const maxDepth = 64;
/** A torrent of a million files has fewer. */
const maxValues = 5_000_000;

/** Where the value of a key of the outermost dictionary lies: `[start, end)`. */
export interface BencodedValue {
  readonly start: number;
  readonly end: number;
}

/** What is wrong, as a phrase that ends "it …". */
export class BencodeError extends Error {}

/**
 * The values of a dictionary that fills all of the bytes, by key.
 * @param start where the dictionary begins. @param end where it must end.
 * @throws {BencodeError} for anything that is not strictly bencoded.
 */
export function readDictionary(bytes: Uint8Array, start = 0, end = bytes.length): Map<string, BencodedValue> {
  const walk = new Walk(bytes, end);
  const found = walk.dictionary(start);
  if (found.end !== end) throw new BencodeError('goes on behind its end');
  return found.values;
}

class Walk {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #values = 0;

  constructor(bytes: Uint8Array, end: number) {
    this.#bytes = bytes;
    this.#end = end;
  }

  dictionary(start: number): { readonly values: Map<string, BencodedValue>; readonly end: number } {
    if (this.#at(start) !== letters.d) throw new BencodeError('is no dictionary');
    const values = new Map<string, BencodedValue>();
    const end = this.#entries(start + 1, 1, (key, value) => values.set(key, value));
    return { values, end };
  }

  /** Calls for each entry of a dictionary; keys must ascend (BEP 3), so none comes twice. */
  #entries(start: number, depth: number, entry: (key: string, value: BencodedValue) => void): number {
    let before: Uint8Array | null = null;
    let at = start;
    while (this.#at(at) !== letters.e) {
      const key = this.#text(at);
      const bytes = this.#bytes.subarray(key.start, key.end);
      if (before !== null && Buffer.compare(before, bytes) >= 0)
        throw new BencodeError('has a dictionary whose keys are not in order');
      before = bytes;
      const end = this.#value(key.end, depth + 1);
      entry(Buffer.from(bytes).toString('utf8'), { start: key.end, end });
      at = end;
    }
    return at + 1;
  }

  /** Where the value that begins here ends. */
  #value(start: number, depth: number): number {
    if (depth > maxDepth) throw new BencodeError('is nested too deeply');
    this.#values += 1;
    if (this.#values > maxValues) throw new BencodeError('holds too many values');
    const first = this.#at(start);
    if (first === letters.d) return this.#entries(start + 1, depth, () => undefined);
    if (first === letters.l) {
      let at = start + 1;
      while (this.#at(at) !== letters.e) at = this.#value(at, depth + 1);
      return at + 1;
    }
    return first === letters.i ? this.#integer(start) : this.#text(start).end;
  }

  /** No leading zeros and no `-0` (BEP 3). */
  #integer(start: number): number {
    const end = this.#find(letters.e, start + 1, 22);
    const digits = Buffer.from(this.#bytes.subarray(start + 1, end)).toString('latin1');
    if (!/^(?:0|-?[1-9]\d*)$/.test(digits)) throw new BencodeError('has a number that is none');
    return end + 1;
  }

  #text(start: number): BencodedValue {
    const colon = this.#find(letters.colon, start, 12);
    const digits = Buffer.from(this.#bytes.subarray(start, colon)).toString('latin1');
    if (!/^(?:0|[1-9]\d*)$/.test(digits)) throw new BencodeError('has a text without a length');
    const end = colon + 1 + Number(digits);
    if (end > this.#end) throw new BencodeError('is cut off');
    return { start: colon + 1, end };
  }

  #find(byte: number, from: number, within: number): number {
    for (let at = from; at < Math.min(from + within, this.#end); at += 1)
      if (this.#bytes[at] === byte) return at;
    throw new BencodeError(from + within < this.#end ? 'is not bencoded' : 'is cut off');
  }

  #at(offset: number): number {
    const byte = offset < this.#end ? this.#bytes[offset] : undefined;
    if (byte === undefined) throw new BencodeError('is cut off');
    return byte;
  }
}

const letters = { d: 0x64, e: 0x65, i: 0x69, l: 0x6c, colon: 0x3a } as const;
