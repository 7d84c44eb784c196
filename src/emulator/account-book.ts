/** What every account of a stand-in has. */
export interface EmulatedAccount {
  /** What its requests carry. */
  key: string;
  premium: boolean;
}

/** The accounts of a service, by their keys. */
export class AccountBook<Account extends EmulatedAccount> {
  readonly #accounts = new Map<string, Account>();

  add(account: Account): void {
    this.#accounts.set(account.key, account);
  }

  find(key: string): Account | undefined {
    return this.#accounts.get(key);
  }

  /** The key of the first account; null where there is none. */
  first(): string | null {
    const [key] = this.#accounts.keys();
    return key ?? null;
  }

  /** @throws {Error} when there is no such account. */
  get(key: string): Account {
    const account = this.find(key);
    if (account === undefined) throw new Error('The service has no account with this key.');
    return account;
  }

  /** Gives an account another key; the old one is unknown from now on. */
  rotateKey(key: string, newKey: string): void {
    const account = this.get(key);
    this.#accounts.delete(key);
    account.key = newKey;
    this.add(account);
  }
}
