import { toAppError } from '../../core/errors.js';

/** How one check came out. Only `fail` makes the command fail; `skip`: it could not be told. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail' | 'skip';
  /** What was found, short. */
  readonly detail: string;
  /** What to do about it; empty when nothing. */
  readonly remedy: string;
}

export interface Check {
  readonly name: string;
  run(signal: AbortSignal): Promise<Finding>;
}

/** A check that is silent for longer touches something that hangs: that itself is the finding. */
const limitMs = 10_000;

export function ok(detail: string): Finding {
  return { verdict: 'ok', detail, remedy: '' };
}

export function warn(detail: string, remedy: string): Finding {
  return { verdict: 'warn', detail, remedy };
}

export function fail(detail: string, remedy: string): Finding {
  return { verdict: 'fail', detail, remedy };
}

export function skip(detail: string): Finding {
  return { verdict: 'skip', detail, remedy: '' };
}

/** Runs a check to its end or its time limit. Never throws. */
export async function runCheck(check: Check): Promise<Finding> {
  const limit = new AbortController();
  const late = new Promise<Finding>((resolve) => {
    const timer = setTimeout(() => {
      limit.abort();
      resolve(
        fail(`no answer within ${limitMs / 1000} s`, 'See whether a disk, a mount or the network hangs.'),
      );
    }, limitMs);
    limit.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  const done = check.run(limit.signal).catch((thrown: unknown) => fail(toAppError(thrown).message, ''));
  return Promise.race([done, late]).finally(() => limit.abort());
}

/** One line: `ok    state folder: /var/lib/debridfs`. */
export function renderFinding(name: string, { verdict, detail, remedy }: Finding): string {
  const found = detail.replace(/:?\n\s*/g, '; ');
  return `${verdict.padEnd(4)}  ${name}: ${found}${remedy === '' ? '' : ` → ${remedy}`}\n`;
}
