import type { ItemProgress } from '../core/adding.js';
import type { Clock } from '../core/clock.js';
import type { Output } from './dependencies.js';
import { formatBytes } from './format.js';

/** Without a terminal, a line is written when the state changes, at every tenth, and at least so often, in milliseconds. */
const lineEveryMs = 60_000;

/** Shows how far something is: one line that is rewritten on a terminal, else a line now and then. */
export class ProgressLine {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #account: string;
  #shown = '';
  #step = '';
  #atMs = -Infinity;

  constructor(output: Output, clock: Clock, account: string) {
    this.#output = output;
    this.#clock = clock;
    this.#account = account;
  }

  show(progress: ItemProgress): void {
    const text = `${this.#account}: ${textOf(progress)}`;
    if (this.#output.isTTY === true) {
      if (text !== this.#shown) this.#output.write(`\r\u001b[K${text}`);
      this.#shown = text;
      return;
    }
    const step = `${progress.words} ${Math.floor((progress.share ?? 0) * 10)}`;
    const nowMs = this.#clock.monotonic();
    if (step === this.#step && nowMs - this.#atMs < lineEveryMs) return;
    this.#step = step;
    this.#atMs = nowMs;
    this.#output.write(`${text}\n`);
  }

  /** Leaves the line, so that what follows begins a new one. */
  end(): void {
    if (this.#shown !== '') this.#output.write('\n');
    this.#shown = '';
  }
}

function textOf({ state, words, share, bytesPerSecond }: ItemProgress): string {
  if (state === 'ready') return 'ready';
  const facts = [
    words === '' ? 'at work' : words,
    ...(share === null ? [] : [`${Math.floor(share * 100)} %`]),
    ...(bytesPerSecond === null || bytesPerSecond <= 0 ? [] : [`${formatBytes(bytesPerSecond)}/s`]),
  ];
  return facts.join(', ');
}
