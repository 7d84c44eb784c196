/** Structured logging: facts first, then a sentence. Facts never hold a secret. A pino logger satisfies this. */
export interface Logger {
  trace(facts: object, message: string): void;
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

const ignore = (): void => undefined;

/** A logger that says nothing. */
export const silentLogger: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
};
