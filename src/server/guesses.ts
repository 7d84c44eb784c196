import { LRUCache } from 'lru-cache';

/** So many wrong passwords within a pause are slips of one's own; more are guesses. */
const maxWrong = 10;
/** How long an address is suspected after its last wrong one, in milliseconds. */
const pauseMs = 60_000;
/** Addresses remembered. */
const maxAddresses = 1_000;

/** Counts wrong passwords, so that they cannot be tried one after the other as fast as it goes. */
export class Guesses {
  readonly #wrong = new LRUCache<string, number>({ max: maxAddresses, ttl: pauseMs });

  /** Whether an address has guessed too often. Behind a proxy all the world has one address, so the right password counts all the same. */
  isExhausted(address: string): boolean {
    return (this.#wrong.get(address) ?? 0) >= maxWrong;
  }

  /** An address gave a wrong password. The right one forgives none: who knows it may share the address with who does not. */
  failed(address: string): void {
    this.#wrong.set(address, (this.#wrong.get(address) ?? 0) + 1);
  }
}
