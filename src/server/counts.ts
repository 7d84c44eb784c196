import type { AccountName } from '../core/account.js';
import type { ErrorCode } from '../core/errors.js';
import type { Meter } from '../core/meter.js';

/** Upper ends of the classes that times are counted in, in seconds: from what memory answers to the longest patience. */
export const timeClasses = [0.0005, 0.002, 0.01, 0.05, 0.2, 1, 5, 15, 60] as const;

/** Times, counted by class. */
export interface Times {
  /** How many fell into each of `timeClasses`, and above all of them: not summed up. */
  readonly classes: number[];
  seconds: number;
}

/**
 * What was counted since the start. Counting costs a look into a map, so it may be done for every request; it is put into words only
 * when somebody asks (`metrics.ts`).
 */
export class Counts implements Meter {
  /** By operation and result: `ok`, or what the kernel was told. */
  readonly answers = new Counted();
  readonly answerTimes = new Map<string, Times>();
  /** By account and outcome. */
  readonly calls = new Counted();
  readonly callTimes = new Map<string, Times>();
  /** By account and `made`, or why not. */
  readonly links = new Counted();
  readonly responses = new Counted();
  readonly responseTimes = new Map<string, Times>();

  answered(operation: string, errno: number, seconds: number): void {
    this.answers.add(operation, errno === 0 ? 'ok' : errnoName(errno));
    addTime(this.answerTimes, operation, seconds);
  }

  called(account: AccountName, outcome: number | 'failed', seconds: number): void {
    this.calls.add(account, String(outcome));
    addTime(this.callTimes, account, seconds);
  }

  linked(account: AccountName, outcome: 'made' | ErrorCode): void {
    this.links.add(account, outcome);
  }

  responded(account: AccountName, outcome: number | 'failed', seconds: number): void {
    this.responses.add(account, String(outcome));
    addTime(this.responseTimes, account, seconds);
  }
}

/** Numbers by two names. */
export class Counted {
  readonly #byFirst = new Map<string, Map<string, number>>();

  add(first: string, second: string): void {
    let bySecond = this.#byFirst.get(first);
    if (bySecond === undefined) this.#byFirst.set(first, (bySecond = new Map<string, number>()));
    bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
  }

  entries(): readonly (readonly [first: string, second: string, count: number])[] {
    return [...this.#byFirst].flatMap(([first, bySecond]) =>
      [...bySecond].map(([second, count]) => [first, second, count] as const),
    );
  }
}

function addTime(times: Map<string, Times>, name: string, seconds: number): void {
  let of = times.get(name);
  if (of === undefined)
    times.set(name, (of = { classes: new Array<number>(timeClasses.length + 1).fill(0), seconds: 0 }));
  let at = 0;
  while (at < timeClasses.length && seconds > (timeClasses[at] ?? 0)) at += 1;
  of.classes[at] = (of.classes[at] ?? 0) + 1;
  of.seconds += seconds;
}

/** Those that a file system without writing gives. */
const errnoNames: Readonly<Record<number, string>> = {
  [-2]: 'ENOENT',
  [-4]: 'EINTR',
  [-5]: 'EIO',
  [-9]: 'EBADF',
  [-13]: 'EACCES',
  [-20]: 'ENOTDIR',
  [-21]: 'EISDIR',
  [-22]: 'EINVAL',
  [-30]: 'EROFS',
  [-38]: 'ENOSYS',
};

function errnoName(errno: number): string {
  return errnoNames[errno] ?? String(-errno);
}
