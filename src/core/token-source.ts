/** Where an account's token comes from, asked before every call, so that another is used as soon as there is one. */
export interface TokenSource {
  /**
   * The token that is good now.
   * @throws {AppError} `token-rejected` with the remedy where there is none; why it could not be renewed.
   */
  current(signal: AbortSignal): Promise<string>;
  /**
   * Another token than the one that the service has just refused; null where there is none.
   * @throws {AppError} as `current`.
   */
  renewed(refused: string, signal: AbortSignal): Promise<string | null>;
  /** Breaks off what runs. */
  close(): Promise<void>;
}

/** The place in which one account's secret is kept, whoever writes it. */
export interface SecretPlace {
  /**
   * What is there now, without blank space around it; null where nothing is.
   * @throws {AppError} `token-rejected` with the remedy where it cannot be read or is no secret.
   */
  read(): Promise<string | null>;
  /**
   * Puts a text in the place of another.
   * @param instead what is replaced: where something else is there by now, that is newer and stays. Null: whatever is there.
   * @returns whether it did.
   * @throws {AppError} `storage` when it cannot be written; then what was there stays.
   */
  replace(text: string, instead: string | null): Promise<boolean>;
}
