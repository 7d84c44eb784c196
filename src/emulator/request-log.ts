import type { IncomingHttpHeaders } from 'node:http';
import { roleOf, type HostName, type Role } from './roles.js';

/** One request and what became of it. */
export interface LogEntry {
  readonly role: Role;
  readonly host: HostName;
  readonly method: string;
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as text, at most 64 KiB of it. */
  readonly body: string;
  /** Token of the account, where the request tells one. */
  readonly account: string | null;
  readonly clientIp: string;
  /** The emulator's time. */
  readonly startMs: number;
  /** Null while it runs. */
  readonly endMs: number | null;
  /** Null where nothing was answered. */
  readonly status: number | null;
  /** Body bytes that were handed to the kernel. */
  readonly bytesSent: number;
  /** The response did not end as it should: the client went away, or a fault cut it. */
  readonly aborted: boolean;
  /** Requests under way when it began, itself among them. */
  readonly concurrent: { readonly role: number; readonly host: number; readonly url: number };
  /** Id of the rule that spoiled it. */
  readonly fault: string | null;
  /** Whether the account paid for it, whatever became of the answer. */
  readonly charged: boolean;
}

/** Which entries: all that is given must hold. */
export interface LogFilter {
  readonly role?: Role;
  readonly host?: HostName;
  readonly method?: string;
  /** Matched against the path with its query. */
  readonly path?: RegExp;
  readonly account?: string;
  readonly status?: number;
}

type Growing<T> = { -readonly [Key in keyof T]: T[Key] };

interface Kept {
  readonly entry: Growing<LogEntry>;
  readonly beganAt: number;
  endedAt: number | null;
}

/** A request being served: what its listener still has to tell. */
export interface OpenEntry {
  readonly entry: LogEntry;
  told(facts: {
    readonly account?: string | null;
    readonly fault?: string | null;
    readonly body?: string;
    readonly charged?: boolean;
  }): void;
  end(result: {
    readonly status: number | null;
    readonly bytesSent: number;
    readonly aborted: boolean;
  }): void;
}

export type RequestFacts = Pick<LogEntry, 'host' | 'method' | 'path' | 'query' | 'headers' | 'clientIp'>;

/** Every request, in order of arrival; of a long run, the latest `maxEntries`. */
export class RequestLog {
  readonly #now: () => number;
  readonly #changesAccount: (entry: LogEntry) => boolean;
  readonly #maxEntries: number;
  #kept: Kept[] = [];
  /** Orders beginnings and ends, which share milliseconds. */
  #sequence = 0;
  // INVARIANT: how many requests are under way per role, host and URL; no key at zero.
  readonly #running = new Map<string, number>();

  constructor(now: () => number, changesAccount: (entry: LogEntry) => boolean, maxEntries: number) {
    this.#now = now;
    this.#changesAccount = changesAccount;
    this.#maxEntries = maxEntries;
  }

  get entries(): readonly LogEntry[] {
    return this.#kept.map(({ entry }) => entry);
  }

  find(filter: LogFilter): LogEntry[] {
    return this.#matching(filter).map(({ entry }) => entry);
  }

  count(filter: LogFilter = {}): number {
    return this.#matching(filter).length;
  }

  /** Body bytes sent. */
  bytes(filter: LogFilter = {}): number {
    return this.#matching(filter).reduce((sum, { entry }) => sum + entry.bytesSent, 0);
  }

  /** The most requests of this kind that were ever under way together. */
  maxConcurrency(filter: LogFilter = {}): number {
    const steps = this.#matching(filter).flatMap(({ beganAt, endedAt }) => [
      { at: beganAt, change: 1 },
      ...(endedAt === null ? [] : [{ at: endedAt, change: -1 }]),
    ]);
    let running = 0;
    let most = 0;
    for (const { change } of steps.sort((a, b) => a.at - b.at)) {
      running += change;
      most = Math.max(most, running);
    }
    return most;
  }

  /** Requests that ask a service to change an account: none may come from reading. */
  destructive(): LogEntry[] {
    return this.entries.filter((entry) => this.#changesAccount(entry));
  }

  /** Forgets what has ended. */
  clear(): void {
    this.#kept = this.#kept.filter(({ endedAt }) => endedAt === null);
  }

  begin(facts: RequestFacts): OpenEntry {
    const role = roleOf(facts.host);
    const keys = [`role ${role}`, `host ${facts.host}`, `url ${facts.host}${facts.path}?${facts.query}`];
    const [onRole = 1, onHost = 1, onUrl = 1] = keys.map((key) => this.#count(key, 1));
    const entry: Growing<LogEntry> = {
      ...facts,
      role,
      body: '',
      account: null,
      startMs: this.#now(),
      endMs: null,
      status: null,
      bytesSent: 0,
      aborted: false,
      concurrent: { role: onRole, host: onHost, url: onUrl },
      fault: null,
      charged: false,
    };
    const kept: Kept = { entry, beganAt: this.#sequence++, endedAt: null };
    this.#kept.push(kept);
    if (this.#kept.length > 2 * this.#maxEntries) this.#kept = this.#kept.slice(-this.#maxEntries);
    return {
      entry,
      told: (more) => void Object.assign(entry, more),
      end: (result) => {
        if (kept.endedAt !== null) return;
        kept.endedAt = this.#sequence++;
        Object.assign(entry, result, { endMs: this.#now() });
        for (const key of keys) this.#count(key, -1);
      },
    };
  }

  #count(key: string, change: 1 | -1): number {
    const count = (this.#running.get(key) ?? 0) + change;
    if (count === 0) this.#running.delete(key);
    else this.#running.set(key, count);
    return count;
  }

  #matching(filter: LogFilter): Kept[] {
    return this.#kept.filter(
      ({ entry }) =>
        (filter.role === undefined || entry.role === filter.role) &&
        (filter.host === undefined || entry.host === filter.host) &&
        (filter.method === undefined || entry.method === filter.method) &&
        (filter.path === undefined || filter.path.test(`${entry.path}?${entry.query}`)) &&
        (filter.account === undefined || entry.account === filter.account) &&
        (filter.status === undefined || entry.status === filter.status),
    );
  }
}
