import type { Emulator } from '../../../src/emulator/emulator.js';
import type { FaultAction, FaultRule } from '../../../src/emulator/faults.js';
import type { Prng } from '../../../src/emulator/prng.js';
import type { Role } from '../../../src/emulator/roles.js';

const services = ['rd', 'ad', 'tb'] as const;

/** What can go wrong wherever something is asked. */
const anywhere: readonly FaultAction[] = [
  ...[403, 404, 429, 500, 502, 503].map((code) => ({ kind: 'status', code }) as const),
  { kind: 'delayHeaders', ms: 1_500 },
  { kind: 'throttle', bytesPerSecond: 200_000 },
  { kind: 'stallAfter', bytes: 1_000, ms: null },
  { kind: 'truncateAfter', bytes: 2_000 },
  { kind: 'resetAfter', bytes: 2_000 },
  { kind: 'html200' },
  { kind: 'emptyBody' },
  { kind: 'redirectLoop' },
  { kind: 'closeAfterResponse' },
  { kind: 'hang' },
  { kind: 'refuse' },
];

/** What file hosts do besides. */
const ofHosts: readonly FaultAction[] = [
  { kind: 'ignoreRange' },
  { kind: 'shiftRange', delta: 4096 },
  { kind: 'shortenRange', bytes: 100_000 },
  { kind: 'wrongTotal', delta: -1 },
  { kind: 'truncateAfter', bytes: 700_000 },
  { kind: 'resetAfter', bytes: 700_000 },
  { kind: 'stallAfter', bytes: 700_000, ms: null },
];

/** Half of a list, told as if all was well. A lie that lasts is believed in the end, so the program is told to wait for longer. */
const shortList: FaultAction = { kind: 'shortenList', share: 0.5 };

/** Lists that lack everything, told as if all was well. */
const emptyLists: readonly FaultRule[] = [
  { at: 'rd-api', path: /\/torrents(\?|$)/, action: { kind: 'status', code: 200, body: '[]' } },
  {
    at: 'ad-api',
    path: /\/magnet\/status/,
    action: { kind: 'status', code: 200, body: '{"status":"success","data":{"magnets":[]}}' },
  },
  {
    at: 'tb-api',
    path: /\/mylist/,
    action: { kind: 'status', code: 200, body: '{"success":true,"error":null,"detail":"","data":[]}' },
  },
];

/** What services do besides. */
const ofServices: readonly FaultAction[] = [
  { kind: 'malformedJson' },
  { kind: 'gzip' },
  { kind: 'status', code: 401 },
  { kind: 'wrongTypes' },
  { kind: 'setHeader', name: 'Content-Type', value: 'text/html' },
  { kind: 'redirect', code: 302, to: 'http://127.0.0.1:9/elsewhere' },
];

/** Troubles that come and go, several at a time. */
export class Troubles {
  readonly #emulator: Emulator;
  readonly #prng: Prng;
  /** For whoever has to find out what was going on, newest last. */
  readonly log: string[] = [];

  constructor(emulator: Emulator, prng: Prng) {
    this.#emulator = emulator;
    this.#prng = prng;
  }

  /** Another trouble begins, or all of them end. */
  next(): void {
    const { faults, world } = this.#emulator;
    const kind = this.#prng.next() % 10;
    if (kind === 0) {
      this.#note('all ends');
      faults.clear();
    } else if (kind === 1) {
      this.#note('links expire');
      world.expireDownloads();
    } else {
      const rule = this.#rule();
      this.#note(JSON.stringify(rule));
      faults.add(rule);
    }
  }

  end(): void {
    this.#note('all ends');
    this.#emulator.faults.clear();
  }

  #rule(): FaultRule {
    const service = this.#oneOf(services);
    switch (this.#prng.next() % 5) {
      case 0:
        return { ...this.#oneOf(emptyLists), times: 2 };
      case 1:
      case 2:
        return this.#of(`${service}-api`, [...anywhere, ...ofServices, shortList]);
      default:
        return this.#of(`${service}-cdn`, [...anywhere, ...ofHosts]);
    }
  }

  /** Now and then, or for a while each time. */
  #of(at: Role, actions: readonly FaultAction[]): FaultRule {
    const action = this.#oneOf(actions);
    return this.#prng.next() % 2 === 0 ? { at, action, probability: 0.1 } : { at, action, times: 4 };
  }

  #oneOf<Value>(values: readonly Value[]): Value {
    const value = values[this.#prng.next() % values.length];
    if (value === undefined) throw new Error('There is none.');
    return value;
  }

  #note(what: string): void {
    this.log.push(`${new Date().toISOString()} ${what}`);
  }
}
