import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { mebibyte, read, startReading, type Reading } from '../read/reading.js';

const hosts = { 'real-debrid': 'rd-cdn', alldebrid: 'ad-cdn', torbox: 'tb-cdn' } as const;
const services = ['real-debrid', 'alldebrid', 'torbox'] as const;
type ServiceName = (typeof services)[number];

/** Every kind of fault there is, in several forms; `corrupt` cannot be told from right bytes where there is one account, and has a test of its own. */
const actions: {
  readonly [Kind in Exclude<FaultAction['kind'], 'corrupt'>]: readonly Omit<
    Extract<FaultAction, { kind: Kind }>,
    'kind'
  >[];
} = {
  status: [
    ...[204, 400, 401, 403, 404, 410, 429, 451, 500, 502, 503, 509].map((code) => ({ code })),
    { code: 200, body: 'x'.repeat(200_000), headers: { 'Content-Type': 'video/x-matroska' } },
    { code: 206, body: 'x'.repeat(200_000), headers: { 'Content-Type': 'video/x-matroska' } },
    { code: 416, body: 'too many chunks' },
  ],
  delayHeaders: [{ ms: 20 }, { ms: 60_000 }],
  throttle: [{ bytesPerSecond: 20_000 }, { bytesPerSecond: 20_000_000 }],
  stallAfter: [
    { bytes: 0, ms: null },
    { bytes: 200_000, ms: null },
    { bytes: 1_000, ms: 20 },
  ],
  truncateAfter: [{ bytes: 0 }, { bytes: 1_000 }, { bytes: 200_000 }],
  resetAfter: [{ bytes: 0 }, { bytes: 1_000 }, { bytes: 200_000 }],
  ignoreRange: [{}],
  shiftRange: [{ delta: 7 }, { delta: -131_072 }],
  shortenRange: [{ bytes: 1 }, { bytes: 100_000 }],
  wrongTotal: [{ delta: -1 }, { delta: 1 }],
  html200: [{}],
  emptyBody: [{}],
  redirect: [
    { code: 302, to: 'gopher://x/' },
    { code: 302, to: 'http://127.0.0.1:1/' },
    { code: 307, to: '//' },
  ],
  redirectLoop: [{}],
  closeAfterResponse: [{}],
  hang: [{}],
  refuse: [{}],
  shortenList: [{ share: 0 }],
  wrongTypes: [{}],
  setHeader: [
    { name: 'Content-Range', value: 'bytes 0-0/1' },
    { name: 'Content-Range', value: 'no range' },
    { name: 'Content-Encoding', value: 'br' },
    { name: 'Transfer-Encoding', value: 'chunked' },
  ],
  malformedJson: [{}],
  gzip: [{}],
};

const kinds = Object.entries(actions).map(
  ([kind, forms]) => [kind, forms.map((form) => ({ kind, ...form }) as FaultAction)] as const,
);

const patienceMs = 60_000;
const start = 5 * mebibyte + 33;
const length = mebibyte;

/** A reading for which a minute is a second. */
const startHasty = (services: readonly ServiceName[]): Promise<Reading> =>
  startReading({ sizes: [20 * mebibyte], services, patienceMs, speed: 60, silenceMs: 200 });

/** Right bytes, or the code of an error that is one of a host; throws where it is neither, or late. */
async function outcome({ open, expected, clock }: Reading): Promise<string> {
  const file = open(1);
  const begunMs = clock.monotonic();
  const result = await read(file, start, length).then(
    (bytes) => (bytes.equals(expected(1, start, start + length)) ? 'right' : 'WRONG BYTES'),
    (error: unknown) => (error instanceof AppError ? error.code : `no AppError: ${String(error)}`),
  );
  // As much again for a machine that is busy: the kernel is answered after 90 s at the latest.
  if (clock.monotonic() - begunMs > 2 * patienceMs) throw new Error(`It took too long: ${result}.`);
  file.close();
  return result;
}

/** What is not asked for again after one answer. */
const denials: ReadonlyMap<number, string> = new Map([
  [451, 'content-gone'],
  [509, 'quota-used-up'],
]);
const answers =
  /^(?:right|network|timeout|service-down|bad-answer|wrong-bytes|content-gone|link-dead|rate-limited|quota-used-up|account-blocked|address-refused)$/;

describe('contract 11', () => {
  it.each(kinds)(
    'contract 11: a file host that always has the fault %s gives right bytes or an error within the patience',
    async (_kind, forms) => {
      const tryOne = async (service: ServiceName, action: FaultAction): Promise<void> => {
        const reading = await startHasty([service]);
        const fault = reading.emulator.faults.add({ at: hosts[service], action });
        expect(await outcome(reading), `${service} ${JSON.stringify(action)}`).toMatch(answers);
        expect(reading.emulator.faults.fired(fault)).toBeGreaterThan(0);
        const nothing = { openFiles: 0, cursors: 0, waiting: 0, slots: 0, lentBytes: 0 };
        await vi.waitFor(() => expect(reading.reader.stats()).toMatchObject(nothing), { timeout: 5_000 });
        expect(reading.emulator.log.destructive()).toEqual([]);
      };
      for (const action of forms) await Promise.all(services.map((service) => tryOne(service, action)));
    },
  );

  it.each(kinds)(
    'contract 11: a file host that once has the fault %s gives right bytes after it, unless that denies the file',
    async (_kind, forms) => {
      const tryOne = async (service: ServiceName, action: FaultAction): Promise<void> => {
        const reading = await startHasty([service]);
        const fault = reading.emulator.faults.add({ at: hosts[service], times: 1, action });
        const denial = action.kind === 'status' ? denials.get(action.code) : undefined;
        expect(await outcome(reading), `${service} ${JSON.stringify(action)}`).toBe(denial ?? 'right');
        expect(reading.emulator.faults.fired(fault)).toBe(1);
      };
      for (const action of forms) await Promise.all(services.map((service) => tryOne(service, action)));
    },
  );

  it.each(services)(
    'contract 11: a byte that a file host of %s turns over is not given where another gave it right',
    async (service) => {
      const other = service === 'torbox' ? 'alldebrid' : 'torbox';
      const { emulator, open, expected, reader } = await startHasty([other, service]);
      emulator.faults.add({ at: hosts[service], action: { kind: 'corrupt', offset: 1_000 } });
      expect((await read(open(1), 0, 1_000)).equals(expected(1, 0, 1_000))).toBe(true);
      emulator.faults.add({ at: hosts[other], action: { kind: 'status', code: 451 } });
      await expect(read(open(1), start, length)).rejects.toBeInstanceOf(AppError);
      await expect(read(open(1, service), start, length)).rejects.toMatchObject({ code: 'wrong-bytes' });
      expect(reader.failures().map(({ error }) => error.code)).toContain('wrong-bytes');
    },
  );
});
