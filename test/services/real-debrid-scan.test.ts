import { describe, expect, it } from 'vitest';
import { toAppError, type AppError } from '../../src/core/errors.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { mebibyte, read, startReading, type Reading } from '../read/reading.js';

const files = 1_000;
const sizes = Array.from({ length: files }, () => mebibyte);

/** Requests beyond one for each file that a scan may cost. */
const spareRequests = 20;

/** What Real-Debrid refuses a link for, as it words it. */
function refusal(status: number, error: string, code: number): FaultAction {
  return { kind: 'status', code: status, body: JSON.stringify({ error, error_code: code }) };
}

const aged = refusal(503, 'hoster_unavailable', 19);
const evicted = refusal(503, 'unavailable_file', 24);
const tooMany = refusal(429, 'too_many_requests', 34);

/** Opens every file and reads its head, some at a time, as a media server does. What failed, by file. */
async function scan({ open }: Reading): Promise<(AppError | null)[]> {
  const outcomes: (AppError | null)[] = [];
  const ids = sizes.map((_, index) => index + 1);
  const reader = async (): Promise<void> => {
    for (let id; (id = ids.shift()) !== undefined;) {
      const file = open(id);
      outcomes[id - 1] = await read(file, 0, 1_000).then(() => null, toAppError);
      file.close();
    }
  };
  await Promise.all([reader(), reader(), reader(), reader()]);
  return outcomes;
}

describe('a scan of 1,000 files', () => {
  it.each<[string, string, string, FaultAction]>([
    [
      'withheld for legal reasons (451)',
      'content-gone',
      'legal reasons',
      refusal(451, 'infringing_file', 35),
    ],
    ['aged out (19)', 'link-aged', 'aged out', aged],
    ['evicted (24)', 'content-gone', 'does not hold the content', evicted],
    ['beyond the fair use of a day (36)', 'quota-used-up', 'fair use', refusal(503, 'fair_usage_limit', 36)],
    [
      'beyond the active downloads (509)',
      'quota-used-up',
      'too many active',
      refusal(509, 'too_many_active_downloads', 21),
    ],
  ])(
    'contract 5: files that are all %s cost at most one request each, change nothing and get nobody banned',
    async (_what, code, says, action) => {
      const reading = await startReading({
        sizes,
        // A scan is over before a pause is, however busy the machine.
        speed: 0.1,
        skipsWaits: true,
        knobs: { realDebrid: { banAfterRefusals: 1 } },
      });
      const { emulator, linkRequests } = reading;
      emulator.faults.add({ at: 'rd-api', path: /unrestrict/, action });
      for (let scans = 0; scans < 2; scans += 1) {
        const outcomes = await scan(reading);
        expect(outcomes).toHaveLength(files);
        for (const error of outcomes) {
          expect(error?.code).toBe(code);
          expect(error?.message).toContain(says);
        }
      }
      expect(emulator.log.destructive()).toEqual([]);
      expect(linkRequests()).toBeLessThanOrEqual(files + spareRequests);
      expect(emulator.log.count({ status: 429 })).toBe(0);
    },
    60_000,
  );
});

describe('a file of Real-Debrid', () => {
  it.each([
    ['link has aged out (19)', aged],
    ['content was evicted (24)', evicted],
  ])('whose %s is read from another account that holds it, without asking again', async (_what, action) => {
    const { open, expected, emulator } = await startReading({ services: ['real-debrid', 'alldebrid'] });
    emulator.faults.add({ at: 'rd-api', path: /unrestrict/, action });
    for (const start of [0, 20 * mebibyte]) {
      const file = open(1);
      expect((await read(file, start, 1_000)).equals(expected(1, start, start + 1_000))).toBe(true);
      file.close();
    }
    expect(emulator.log.count({ path: /unrestrict/ })).toBe(1);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('can be read again by itself after a burst of refusals for too many requests', async () => {
    const { open, expected, emulator, reader } = await startReading({ speed: 200, patienceMs: 60_000 });
    const refusals = 6;
    const fault = emulator.faults.add({ at: 'rd-api', path: /unrestrict/, times: refusals, action: tooMany });
    const codes = new Set<string>();
    const again = async (): Promise<Buffer> => {
      const file = open(1);
      try {
        return await read(file, 0, 1_000);
      } catch (thrown) {
        codes.add(toAppError(thrown).code);
        throw thrown;
      } finally {
        file.close();
      }
    };
    await expect.poll(() => again().catch(() => null), { timeout: 15_000 }).toEqual(expected(1, 0, 1_000));
    expect(emulator.faults.fired(fault)).toBe(refusals);
    // Whoever gave up meanwhile was told so, and nothing else.
    expect([...codes].filter((code) => code !== 'rate-limited')).toEqual([]);
    expect(reader.failures().every(({ error }) => error.code === 'rate-limited')).toBe(true);
  });
});
