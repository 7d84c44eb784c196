import { createHash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed: the first four bytes of SHA-256 over `seed:counter`. */
export class Prng {
  readonly #seed: string;
  #counter = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A whole number, 0 ≤ n < 2^32. */
  next(): number {
    const digest = createHash('sha256').update(`${this.#seed}:${this.#counter}`).digest();
    this.#counter += 1;
    return digest.readUInt32BE(0);
  }

  /** A number, 0 ≤ n < 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** Characters of an alphabet of at most 36; five from each number, since 36^5 < 2^32. */
  text(alphabet: string, length: number): string {
    let text = '';
    while (text.length < length) {
      let rest = this.next();
      for (let digit = 0; digit < 5 && text.length < length; digit += 1) {
        text += alphabet.charAt(rest % alphabet.length);
        rest = Math.floor(rest / alphabet.length);
      }
    }
    return text;
  }

  /** A UUID of version 4. */
  uuid(): string {
    const hex = Array.from({ length: 4 }, () => this.next().toString(16).padStart(8, '0')).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** The numbers 0 to count − 1 in a shuffled order. */
  shuffled(count: number): number[] {
    return Array.from({ length: count }, (_, number) => ({ number, rank: this.next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ number }) => number);
  }
}
