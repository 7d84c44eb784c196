import { renderUnicodeCompact } from 'uqr';
import type { Clock } from '../core/clock.js';
import type { LoginScreen, LoginStep } from '../core/login.js';
import type { Output } from './dependencies.js';

/** A screen that is taken away once the login is over. */
export interface OpenScreen extends LoginScreen {
  /** Leaves the cursor at the start of an empty line. Idempotent. */
  close(): void;
}

/** A code for cameras with its margin, in the columns that it takes. */
interface QrCode {
  readonly text: string;
  readonly columns: number;
}

const secondMs = 1_000;
/** Back to the start of the line, and empty it (ECMA-48: CR, EL 2). */
const anew = '\r\u001b[2K';

/** Where a login is followed: a countdown on a terminal, and plain lines elsewhere. */
export function openLoginScreen(stdout: Output, clock: Clock): OpenScreen {
  return stdout.isTTY === true ? new TerminalScreen(stdout, clock) : plainScreen(stdout);
}

function plainScreen(stdout: Output): OpenScreen {
  let told: string | null = null;
  const line = (text: string): void => void stdout.write(`${text}\n`);
  return {
    step: (step) => {
      if (step.kind === 'mail') line(step.sentence);
      else {
        line(`Open ${step.url} and type the code ${step.code}`);
        if (step.directUrl !== null) line(`or open ${step.directUrl}`);
      }
      line(`Waiting for ${Math.ceil(step.lifetimeMs / 60_000)} minutes.`);
    },
    say: line,
    trouble: (sentence) => {
      // The same trouble, asked for every few seconds, is one line.
      if (sentence !== null && sentence !== told) line(`${sentence} It is tried again.`);
      told = sentence;
    },
    close: () => undefined,
  };
}

class TerminalScreen implements OpenScreen {
  readonly #stdout: Output;
  readonly #clock: Clock;
  #endMs = 0;
  #waitingFor = '';
  #trouble: string | null = null;
  /** Null while no countdown runs. */
  #cancel: (() => void) | null = null;

  constructor(stdout: Output, clock: Clock) {
    this.#stdout = stdout;
    this.#clock = clock;
  }

  step(step: LoginStep): void {
    this.close();
    this.#stdout.write(`${textOf(step, this.#stdout.columns ?? 80)}\n\n`);
    this.#waitingFor = step.kind === 'mail' ? 'the link in the mail' : 'approval';
    this.#endMs = this.#clock.monotonic() + step.lifetimeMs;
    this.#tick();
  }

  say(sentence: string): void {
    this.#stdout.write(`${this.#cancel === null ? '' : anew}${sentence}\n`);
    if (this.#cancel !== null) this.#draw();
  }

  trouble(sentence: string | null): void {
    if (sentence === this.#trouble) return;
    this.#trouble = sentence;
    if (this.#cancel !== null) this.#draw();
  }

  close(): void {
    if (this.#cancel === null) return;
    this.#cancel();
    this.#cancel = null;
    this.#stdout.write(anew);
  }

  #tick(): void {
    this.#draw();
    this.#cancel = this.#clock.after(secondMs, () => this.#tick());
  }

  #draw(): void {
    const leftMs = Math.max(0, this.#endMs - this.#clock.monotonic());
    const trouble = this.#trouble === null ? '' : ` - ${this.#trouble} It is tried again.`;
    const line = `${minutes(leftMs)} left, waiting for ${this.#waitingFor}${trouble}`;
    // One that is wrapped could not be rewritten.
    this.#stdout.write(`${anew}${line.slice(0, (this.#stdout.columns ?? 80) - 1)}`);
  }
}

function textOf(step: LoginStep, columns: number): string {
  if (step.kind === 'mail') return step.sentence;
  const { url, code, directUrl } = step;
  const lines = ['', `  Open  ${url}`, `  Code  ${code}`];
  if (directUrl === null) return lines.join('\n');
  const qr = qrCode(directUrl);
  const drawn = qr.columns + 2 > columns ? [] : ['', qr.text.replace(/^/gm, '  ')];
  return [...lines, ...drawn, '', `  or open ${directUrl}`].join('\n');
}

function qrCode(text: string): QrCode {
  const drawn = renderUnicodeCompact(text, { border: 1 });
  return { text: drawn, columns: Math.max(...drawn.split('\n').map((line) => line.length)) };
}

/** `9:05` */
function minutes(ms: number): string {
  const seconds = Math.ceil(ms / secondMs);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
