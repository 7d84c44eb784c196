import type { StandInContext } from '../stand-in.js';
import type { Account } from './state.js';

type State = 'waiting' | 'allowed' | 'denied';

interface Verification {
  readonly account: Account;
  state: State;
  resent: boolean;
}

/** New places from which an account is used, which its owner confirms by mail (AllDebrid API documentation, read 2026-11). */
export class Verifications {
  readonly #context: StandInContext;
  readonly #byToken = new Map<string, Verification>();

  constructor(context: StandInContext) {
    this.#context = context;
  }

  /** The token that goes with `AUTH_BLOCKED`: the same until it is decided. The first sends the mail. */
  tokenFor(account: Account): string {
    for (const [token, { account: of, state }] of this.#byToken)
      if (of === account && state === 'waiting') return token;
    const token = `verification${this.#context.prng.text('0123456789abcdef', 24)}`;
    this.#byToken.set(token, { account, state: 'waiting', resent: false });
    return token;
  }

  /** The owner follows the link in the mail, or says that it was somebody else. */
  decide(account: Account, state: 'allowed' | 'denied'): void {
    for (const each of this.#byToken.values()) if (each.account === account) each.state = state;
    if (state === 'allowed') account.needsVerification = false;
  }

  status(token: string): object | 'unknown' {
    const found = this.#byToken.get(token);
    if (found === undefined) return 'unknown';
    const { state, resent, account } = found;
    if (state === 'waiting') return { verif: state, resendable: !resent };
    return state === 'allowed' ? { verif: state, apikey: account.key } : { verif: state };
  }

  resend(token: string): object | 'unknown' | 'sent already' {
    const found = this.#byToken.get(token);
    if (found === undefined) return 'unknown';
    if (found.resent) return 'sent already';
    found.resent = true;
    return { sent: true };
  }
}
