import { approveLater } from '../approve-later.js';
import type { StandInContext } from '../stand-in.js';

interface Pin {
  readonly pin: string;
  readonly check: string;
  readonly expiresMs: number;
  /** Key of the account whose owner typed it in. */
  key: string | null;
}

const lifetimeSeconds = 600;

/** The PIN flow: four characters to type elsewhere, then the key. */
export class Pins {
  readonly #context: StandInContext;
  readonly #firstKey: () => string | null;
  readonly #pins = new Map<string, Pin>();

  /** @param firstKey whose logins are approved by themselves. */
  constructor(context: StandInContext, firstKey: () => string | null) {
    this.#context = context;
    this.#firstKey = firstKey;
  }

  /** The owner of an account types the PIN in. False where it is unknown or too old. */
  approve(pin: string, key: string): boolean {
    const found = this.#pins.get(pin);
    if (found === undefined || this.#secondsLeft(found) <= 0) return false;
    found.key = key;
    return true;
  }

  get(): object {
    const { prng, clock } = this.#context;
    const pin: Pin = {
      pin: prng.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 4),
      check: prng.text('0123456789abcdef', 40),
      expiresMs: clock.now() + lifetimeSeconds * 1000,
      key: null,
    };
    this.#pins.set(pin.pin, pin);
    approveLater(this.#context, this.#firstKey, (key) => this.approve(pin.pin, key));
    return {
      pin: pin.pin,
      check: pin.check,
      expires_in: lifetimeSeconds,
      user_url: `https://alldebrid.com/pin/?pin=${pin.pin}`,
      base_url: 'https://alldebrid.com/pin/',
    };
  }

  check(pin: string, check: string): object | 'invalid' | 'expired' {
    const found = this.#pins.get(pin);
    if (found?.check !== check) return 'invalid';
    const secondsLeft = this.#secondsLeft(found);
    if (secondsLeft <= 0) return 'expired';
    return found.key === null
      ? { activated: false, expires_in: secondsLeft }
      : { apikey: found.key, activated: true, expires_in: secondsLeft };
  }

  #secondsLeft(pin: Pin): number {
    return Math.ceil((pin.expiresMs - this.#context.clock.now()) / 1000);
  }
}
