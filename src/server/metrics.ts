/** What Prometheus is told, put into its words by prom-client. */
import { collectDefaultMetrics, Counter, Gauge, Registry, type Metric } from 'prom-client';
import { timeClasses, type Counted, type Counts, type Times } from './counts.js';
import type { StatusReport } from './surface.js';

const prefix = 'debridfs_';

/** A metric as prom-client gives it out. */
interface ToldTimes {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  readonly values: readonly {
    readonly metricName: string;
    readonly labels: object;
    readonly value: number;
  }[];
  readonly aggregator: 'sum';
}

/** The metrics of a process, in the text that Prometheus reads. */
export type Metrics = Pick<Registry, 'metrics'>;

/**
 * The metrics of a process: everything is looked up when they are asked for, once for all of them.
 * @param status how everything is now; it reads the library. @param counts what was counted since the start.
 */
export function createMetrics(status: () => StatusReport, counts: Counts): Metrics {
  // INVARIANT: set before anything is collected.
  let now: StatusReport;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    tell: (now: StatusReport, set: Set) => void,
  ): void => {
    new Gauge({
      name: prefix + name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        tell(now, (value, ...labels) => this.set(named(labelNames, labels), value));
      },
    });
  };
  const counter = (
    name: string,
    help: string,
    labelNames: readonly string[],
    tell: (add: Set) => void,
  ): void => {
    new Counter({
      name: prefix + name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        tell((value, ...labels) => this.inc(named(labelNames, labels), value));
      },
    });
  };
  const counted = (name: string, help: string, labelNames: readonly string[], of: Counted): void =>
    counter(name, help, labelNames, (add) => {
      for (const [first, second, count] of of.entries()) add(count, first, second);
    });
  const times = (name: string, help: string, label: string, of: ReadonlyMap<string, Times>): void => {
    const told = {
      name: prefix + name,
      help,
      get: () => Promise.resolve(toldTimes(prefix + name, help, label, of)),
    };
    // Times are counted in classes already, which prom-client has no way to take over.
    registry.registerMetric(told as unknown as Metric);
  };

  gauge('mount_up', '1 where the tree is mounted.', [], ({ mount }, set) =>
    set(mount.state === 'mounted' ? 1 : 0),
  );
  counted('fuse_requests_total', 'Requests of the kernel.', ['operation', 'result'], counts.answers);
  times('fuse_request_seconds', 'How long requests of the kernel took.', 'operation', counts.answerTimes);
  counter('read_bytes_total', 'Bytes given to readers.', ['source'], (add) => {
    const { cache } = now;
    add(cache.hitBytes, 'cache');
    add(cache.missBytes, 'network');
  });
  counter('received_bytes_total', 'Bytes that file hosts sent.', [], (add) => add(now.cache.receivedBytes));
  gauge('cache_bytes', 'Cached bytes.', ['where'], ({ cache }, set) => {
    set(cache.memoryBytes, 'memory');
    if (cache.disk !== null) set(cache.disk.usedBytes, 'disk');
  });
  gauge('cache_limit_bytes', 'The most that may be cached.', ['where'], ({ cache }, set) => {
    set(cache.memoryLimitBytes, 'memory');
    if (cache.disk !== null) set(cache.disk.maxBytes, 'disk');
  });
  counter('cache_evicted_blocks_total', 'Blocks of 128 KiB that went for others.', ['where'], (add) => {
    const { evictedBlocks, disk } = now.cache;
    add(evictedBlocks, 'memory');
    if (disk !== null) add(disk.evicted, 'disk');
  });
  counted(
    'api_calls_total',
    'Calls to services, by the status of the answer.',
    ['account', 'status'],
    counts.calls,
  );
  times('api_call_seconds', 'How long calls to services took.', 'account', counts.callTimes);
  gauge('api_calls_left', 'Calls left of a limit.', ['account', 'limit'], ({ accounts }, set) => {
    for (const { name, budgets } of accounts)
      for (const { name: limited, used, limit } of budgets) set(Math.max(0, limit - used), name, limited);
  });
  counted(
    'link_requests_total',
    'Links that accounts were asked for, and why they gave none.',
    ['account', 'result'],
    counts.links,
  );
  counted(
    'host_responses_total',
    'Responses of file hosts, by status.',
    ['account', 'status'],
    counts.responses,
  );
  times('host_first_byte_seconds', 'Until a file host began to answer.', 'account', counts.responseTimes);
  gauge('open_streams', 'Open requests to file hosts.', [], ({ streams }, set) => set(streams));
  gauge('open_files', 'Files that somebody has open.', [], ({ openFiles }, set) => set(openFiles.length));
  gauge('account_up', '1 where an account is well.', ['account', 'service', 'state'], ({ accounts }, set) => {
    for (const { name, service, state } of accounts) set(state === 'ok' ? 1 : 0, name, service, state);
  });
  gauge(
    'account_expiry_seconds',
    'Until the paid time of an account ends.',
    ['account'],
    ({ accounts }, set) => {
      for (const { name, premiumUntilMs } of accounts)
        if (premiumUntilMs !== null) set((premiumUntilMs - Date.now()) / 1000, name);
    },
  );
  gauge(
    'account_received_bytes',
    'Bytes of an account in the last 15 days.',
    ['account'],
    ({ accounts }, set) => {
      for (const { name, received } of accounts) set(received.fifteenDaysBytes, name);
    },
  );
  gauge(
    'account_held_items',
    'Items that a listing lacked and that are kept for now.',
    ['account'],
    ({ accounts }, set) => {
      for (const { name, held } of accounts) set(held?.missing ?? 0, name);
    },
  );
  gauge(
    'account_unknown_items',
    'Items of which the files are not known yet.',
    ['account'],
    ({ accounts }, set) => {
      for (const { name, awaitingDetails } of accounts) set(awaitingDetails, name);
    },
  );
  gauge('library_items', 'What is in the library.', ['kind'], ({ library }, set) => {
    const { movies, shows, episodes, other, torrents, files } = library;
    for (const [kind, number] of Object.entries({ movies, shows, episodes, other, torrents, files }))
      set(number, kind);
  });
  gauge(
    'library_sync_age_seconds',
    'Since the lists of an account were last complete.',
    ['account'],
    ({ accounts }, set) => {
      for (const { name, lastCompleteMs } of accounts)
        if (lastCompleteMs !== null) set((Date.now() - lastCompleteMs) / 1000, name);
    },
  );
  gauge('notify_pending', 'Folders that a target has still to be told of.', ['target'], ({ notify }, set) => {
    for (const { target, pending } of notify) set(pending, target);
  });
  counter(
    'notify_total',
    'How often a target was told, and how often it could not be.',
    ['target', 'result'],
    (add) => {
      for (const { target, told, failed } of now.notify) {
        add(told, target, 'told');
        add(failed, target, 'failed');
      }
    },
  );
  return {
    metrics: () => {
      now = status();
      return registry.metrics();
    },
  };
}

type Set = (value: number, ...labels: readonly string[]) => void;

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
}

function toldTimes(name: string, help: string, label: string, of: ReadonlyMap<string, Times>): ToldTimes {
  const values = [...of].flatMap(([labelled, { classes, seconds }]) => {
    let sum = 0;
    const labels = { [label]: labelled };
    const buckets = classes.map((count, at) => {
      sum += count;
      return {
        metricName: `${name}_bucket`,
        labels: { le: timeClasses[at] ?? '+Inf', ...labels },
        value: sum,
      };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: seconds },
      { metricName: `${name}_count`, labels, value: sum },
    ];
  });
  return { name, help, type: 'histogram', values, aggregator: 'sum' };
}
