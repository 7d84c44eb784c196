import { silentLogger, type Logger } from '../../src/core/logger.js';

/** One line of a log. */
export interface LogLine {
  readonly level: 'info' | 'warn';
  readonly facts: object;
  readonly message: string;
}

/** A logger that keeps what is of note. */
export function keptLog(): Logger & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const keep =
    (level: LogLine['level']) =>
    (facts: object, message: string): void =>
      void lines.push({ level, facts, message });
  return { ...silentLogger, lines, info: keep('info'), warn: keep('warn') };
}
