import { pino } from 'pino';
import type { LogConfig } from '../config/config.js';
import type { Logger } from '../core/logger.js';

/** Where log lines go: standard error, because standard output is for results. */
export interface LogTarget {
  write(line: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Of a terminal. */
  readonly columns?: number | undefined;
  /** Whether it is the journal of systemd, which takes a priority before each line. */
  readonly isJournal?: boolean;
}

/** Facts whose value is a secret or may carry one. */
const secretFacts = ['token', 'password', 'apiKey', 'apikey', 'authorization', 'proxy', 'url', 'link'];

/**
 * A logger that writes lines for people on a terminal and JSON elsewhere, without secrets: by the names of the facts,
 * and by `scrub` over the whole line. Lines are written before the call returns, so that the last words are not lost.
 */
export async function createLogger(
  config: LogConfig,
  target: LogTarget,
  scrub: (text: string) => string,
): Promise<Logger> {
  const clean = { write: (line: string): void => void target.write(scrub(line)) };
  const human = config.format === 'human' || (config.format === 'auto' && target.isTTY === true);
  const options = {
    level: config.level,
    base: null,
    redact: { paths: secretFacts.flatMap((name) => [name, `*.${name}`]), censor: '***' },
  };
  if (!human) {
    const lines =
      target.isJournal === true ? { write: (line: string) => clean.write(priorityOf(line) + line) } : clean;
    const logger: Logger = pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, lines);
    return logger;
  }
  const colorize = target.isTTY === true;
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  });
  const logger: Logger = pino(options, { write: (line: string) => clean.write(format(JSON.parse(line))) });
  return logger;
}

/** Priorities of syslog for pino's levels, in the form in which the journal takes them (documented: sd-daemon(3)). */
function priorityOf(line: string): string {
  const level = Number(/"level":(\d+)/.exec(line)?.[1] ?? 30);
  if (level >= 60) return '<2>';
  if (level >= 50) return '<3>';
  if (level >= 40) return '<4>';
  return level >= 30 ? '<6>' : '<7>';
}
