import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { SyncProgress } from '../core/sync-progress.js';
import { progressText } from './account-text.js';
import type { AccountsProgress } from '../start-context.js';
import type { LogTarget } from './logger.js';

/** How often the bars are drawn, and how often the log says the same where there is no terminal, in milliseconds. */
const drawEveryMs = 500;
const logEveryMs = 60_000;
/** Cells of a bar. */
const barCells = 24;
/** Up a line, and empty all from here on (ECMA-48: CUU, ED). */
const upOne = '\u001b[1A';
const emptyBelow = '\r\u001b[J';

/**
 * Shows how far it is known what the accounts hold, until they are known: bars below the log on a terminal, a line of the log each
 * minute elsewhere. The log is written through it, so that a line and the bars do not mix.
 */
export class SyncScreen implements LogTarget {
  readonly #target: LogTarget;
  readonly #clock: Clock;
  #bars: readonly string[] = [];
  #cancel: () => void = () => undefined;

  constructor(target: LogTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  get isTTY(): boolean {
    return this.#target.isTTY === true;
  }

  get isJournal(): boolean {
    return this.#target.isJournal === true;
  }

  write(text: string): void {
    this.#draw(text, this.#bars);
  }

  /** Follows the accounts until it is closed. */
  follow(told: () => AccountsProgress, logger: Logger): void {
    const everyMs = this.isTTY ? drawEveryMs : logEveryMs;
    const look = (): void => {
      const accounts = told().flatMap(({ account, progress }) =>
        progress === null ? [] : [{ account, progress }],
      );
      if (this.isTTY) this.#show(this.#barsOf(accounts));
      else
        for (const { account, progress } of accounts)
          logger.info({ account, ...factsOf(progress) }, 'finding out what it holds');
      this.#cancel = this.#clock.after(everyMs, look);
    };
    this.#cancel = this.#clock.after(everyMs, look);
  }

  /** Takes the bars away. Idempotent. */
  close(): void {
    this.#cancel();
    this.#show([]);
  }

  #barsOf(
    accounts: readonly { readonly account: string; readonly progress: SyncProgress }[],
  ): readonly string[] {
    const wide = Math.max(0, ...accounts.map(({ account }) => account.length));
    return accounts.map(({ account, progress }) =>
      // One line each: what is longer would wrap, and could not be taken away again.
      `${account.padEnd(wide)} ${barOf(progress)} ${progressText(progress, this.#clock.now())}`.slice(
        0,
        (this.#target.columns ?? 80) - 1,
      ),
    );
  }

  #show(bars: readonly string[]): void {
    if (bars.length > 0 || this.#bars.length > 0) this.#draw('', bars);
  }

  /** Writes something where the bars are, and bars below it. */
  #draw(text: string, bars: readonly string[]): void {
    const away = this.#bars.length === 0 ? '' : upOne.repeat(this.#bars.length) + emptyBelow;
    this.#target.write(away + text + bars.map((bar) => `${bar}\n`).join(''));
    this.#bars = bars;
  }
}

function barOf(progress: SyncProgress): string {
  const share = progress.stage === 'lists' || progress.items === 0 ? 0 : progress.known / progress.items;
  const full = Math.floor(Math.min(1, share) * barCells);
  return `▕${'█'.repeat(full)}${' '.repeat(barCells - full)}▏`;
}

function factsOf(progress: SyncProgress): object {
  if (progress.stage === 'lists') return { stage: progress.stage };
  const { known, items, perSecond, leftMs } = progress;
  return {
    known,
    items,
    ...(perSecond === null ? {} : { perSecond: Math.round(perSecond * 10) / 10 }),
    ...(leftMs === null ? {} : { minutesLeft: Math.ceil(leftMs / 60_000) }),
  };
}
