import { randomUUID } from 'node:crypto';
import type { Prng } from './prng.js';
import { roleOf, type HostName, type Role } from './roles.js';

/** What goes wrong. Byte counts are of the body sent, `offset` of the whole file. */
export type FaultAction =
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Nothing is sent for a while. */
  | { readonly kind: 'delayHeaders'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Headers and some bytes, then silence; `ms` null: for ever. */
  | { readonly kind: 'stallAfter'; readonly bytes: number; readonly ms: number | null }
  /** A clean end of the connection in the middle of the body; Content-Length promises all of it. */
  | { readonly kind: 'truncateAfter'; readonly bytes: number }
  /** A reset of the connection in the middle of the body. */
  | { readonly kind: 'resetAfter'; readonly bytes: number }
  | { readonly kind: 'ignoreRange' }
  /** Another range than the one asked for, told truthfully in Content-Range. */
  | { readonly kind: 'shiftRange'; readonly delta: number }
  /** No more than this of the range asked for, told truthfully in Content-Range. */
  | { readonly kind: 'shortenRange'; readonly bytes: number }
  /** The right bytes under a wrong total in Content-Range. */
  | { readonly kind: 'wrongTotal'; readonly delta: number }
  /** A web page under status 200. */
  | { readonly kind: 'html200' }
  /** Status and headers as they should be, and no body. */
  | { readonly kind: 'emptyBody' }
  /** One byte of the file is inverted. */
  | { readonly kind: 'corrupt'; readonly offset: number }
  | { readonly kind: 'redirect'; readonly to: string; readonly code: number }
  | { readonly kind: 'redirectLoop' }
  | { readonly kind: 'closeAfterResponse' }
  /** Taken in, never answered. */
  | { readonly kind: 'hang' }
  /** The connection is destroyed: before it says anything where the rule asks for nothing but a place, else when the request is known. */
  | { readonly kind: 'refuse' }
  /**
   * A list with only this share of its entries, from the front; 0: an empty one. Its count is told to match, unless
   * `count` is `kept`.
   */
  | { readonly kind: 'shortenList'; readonly share: number; readonly count?: 'kept' }
  /** Every value in the JSON is of another type than it should be; what holds values stays. */
  | { readonly kind: 'wrongTypes' }
  /** One header says something else, or is there at all. */
  | { readonly kind: 'setHeader'; readonly name: string; readonly value: string }
  /** The body breaks off in its middle, under a Content-Length to match. */
  | { readonly kind: 'malformedJson' }
  /** Compressed where the client offered to take it. */
  | { readonly kind: 'gzip' };

/** When something goes wrong. Of several rules that match, the one added first counts. */
export interface FaultRule {
  /** Made up unless given. */
  readonly id?: string;
  /** A role, or one host of it. */
  readonly at: Role | HostName;
  readonly method?: string;
  /** Matched against path and query as sent. */
  readonly path?: RegExp;
  /** Token of the account. */
  readonly account?: string;
  /** Only from this to this one, counting from 1, of the requests that match the above. */
  readonly nth?: readonly [from: number, to: number];
  /** At most so often. */
  readonly times?: number;
  /** Only with this probability. */
  readonly probability?: number;
  readonly action: FaultAction;
}

/** What is known of a request when rules are asked. */
export interface FaultSubject {
  readonly host: HostName;
  readonly method: string;
  readonly target: string;
  readonly account: string | null;
}

export interface FiredFault {
  readonly id: string;
  readonly action: FaultAction;
}

interface ActiveRule {
  readonly id: string;
  readonly rule: FaultRule;
  /** How many requests matched, whether or not the fault was due for them. */
  seen: number;
  fired: number;
}

/** The rules in force, in order. */
export class Faults {
  readonly #prng: Prng;
  #rules: ActiveRule[] = [];

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** Adds a rule behind the others and returns its id. */
  add(rule: FaultRule): string {
    const id = rule.id ?? randomUUID();
    this.#rules.push({ id, rule, seen: 0, fired: 0 });
    return id;
  }

  remove(id: string): void {
    this.#rules = this.#rules.filter((active) => active.id !== id);
  }

  clear(): void {
    this.#rules = [];
  }

  /** How often a rule has fired. */
  fired(id: string): number {
    return this.#rules.find((active) => active.id === id)?.fired ?? 0;
  }

  /** The fault for a request that was read, if any. */
  forRequest(subject: FaultSubject): FiredFault | null {
    return this.#first(({ rule }) => matches(rule, subject) && !countsConnections(rule));
  }

  /** Whether a new connection is destroyed before it says anything. */
  refusesConnection(host: HostName): boolean {
    return this.#first(({ rule }) => isBlindRefusal(rule) && isAt(rule, host)) !== null;
  }

  #first(applies: (active: ActiveRule) => boolean): FiredFault | null {
    for (const active of this.#rules) {
      if (applies(active) && this.#isDue(active)) return { id: active.id, action: active.rule.action };
    }
    return null;
  }

  #isDue(active: ActiveRule): boolean {
    const { nth, times, probability } = active.rule;
    active.seen += 1;
    if (nth !== undefined && (active.seen < nth[0] || active.seen > nth[1])) return false;
    if (times !== undefined && active.fired >= times) return false;
    if (probability !== undefined && this.#prng.fraction() >= probability) return false;
    active.fired += 1;
    return true;
  }
}

function isAt(rule: FaultRule, host: HostName): boolean {
  return rule.at === host || rule.at === roleOf(host);
}

function isBlindRefusal({ action, method, path, account }: FaultRule): boolean {
  return action.kind === 'refuse' && method === undefined && path === undefined && account === undefined;
}

/** A blind refusal of only some counts new connections; one of all also ends those that are open. */
function countsConnections(rule: FaultRule): boolean {
  const { nth, times, probability } = rule;
  return isBlindRefusal(rule) && (nth ?? times ?? probability) !== undefined;
}

function matches(rule: FaultRule, { host, method, target, account }: FaultSubject): boolean {
  return (
    isAt(rule, host) &&
    (rule.method === undefined || rule.method === method) &&
    (rule.path === undefined || rule.path.test(target)) &&
    (rule.account === undefined || rule.account === account)
  );
}
