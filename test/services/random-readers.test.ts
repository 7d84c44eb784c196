import { describe, expect, it, vi } from 'vitest';
import { Prng } from '../../src/emulator/prng.js';
import { mebibyte, read, startReading, type Reading } from '../read/reading.js';

const size = 10_000_000_000;
const readers = 4;
/** What the kernel asks for at a time, in bytes. */
const pieceBytes = 128 * 1024;

const hosts = { 'real-debrid': 'rd-cdn', alldebrid: 'ad-cdn', torbox: 'tb-cdn' } as const;
const services = ['real-debrid', 'alldebrid', 'torbox'] as const;

/** How readers move: so much is read on end at each of so many places, anywhere in the file. */
interface Habit {
  readonly leastBytes: number;
  readonly mostBytes: number;
  readonly places: number;
}

interface Outcome {
  readonly read: number;
  /** What the host sent. */
  readonly fetched: number;
  /** What was taken of that; the rest was in the sockets of the kernel when its stream ended. */
  readonly taken: number;
  readonly links: number;
}

/** Four readers of one file at once; throws where a byte is wrong. */
async function readAbout(service: keyof typeof hosts, habit: Habit): Promise<Outcome> {
  // On loopback readers jump a hundred times as often as over a network, oftener than AllDebrid's hosts allow.
  const reading = await startReading({
    sizes: [size],
    services: [service],
    speed: 1,
    knobs: { rateLimits: false },
  });
  const { emulator, reader, received, linkRequests } = reading;
  const each = Array.from({ length: readers }, (_, number) =>
    readOne(reading, habit, new Prng(`${service} ${number}`)),
  );
  const bytes = (await Promise.all(each)).reduce((sum, one) => sum + one, 0);
  const links = linkRequests();
  reader.close();
  await vi.waitFor(() => expect(emulator.connections(hosts[service])).toBe(0), { timeout: 5_000 });
  const fetched = emulator.log.bytes({ role: hosts[service] });
  return { read: bytes, fetched, taken: received.get(service) ?? 0, links };
}

/** @returns how many bytes it read. */
async function readOne({ open, expected }: Reading, habit: Habit, prng: Prng): Promise<number> {
  const file = open(1);
  let total = 0;
  for (let place = 0; place < habit.places; place += 1) {
    const span = habit.mostBytes - habit.leastBytes;
    const length = habit.leastBytes + Math.floor(prng.fraction() * span);
    const start = Math.floor(prng.fraction() * (size - length));
    const end = start + length;
    for (let at = start; at < end; at += pieceBytes) {
      const bytes = await read(file, at, Math.min(pieceBytes, end - at));
      if (!bytes.equals(expected(1, at, at + bytes.length))) throw new Error(`Wrong bytes at ${at}.`);
      total += bytes.length;
    }
  }
  file.close();
  return total;
}

describe.each(services)('contract 10, %s', (service) => {
  it('contract 10: four readers at random places of 10 GB, 1 to 8 MiB at each, get right bytes for one link request, and at most 25 % of what is fetched is not read', async () => {
    const habit = { leastBytes: mebibyte, mostBytes: 8 * mebibyte, places: 9 };
    const { read: bytes, fetched, links } = await readAbout(service, habit);
    expect(links).toBe(1);
    expect((fetched - bytes) / fetched).toBeLessThanOrEqual(0.25);
  });

  it('contract 10: who reads up to 128 KiB at each place is sent no more than 1 MiB and two blocks beyond it', async () => {
    const habit = { leastBytes: 1, mostBytes: pieceBytes, places: 25 };
    const { read: bytes, fetched, links } = await readAbout(service, habit);
    expect(links).toBe(1);
    expect(fetched - bytes).toBeLessThanOrEqual(readers * habit.places * (mebibyte + 2 * pieceBytes));
  });

  it('contract 10: who reads 8 to 24 MiB at each place is read ahead a quarter of the memory and no more', async () => {
    const habit = { leastBytes: 8 * mebibyte, mostBytes: 24 * mebibyte, places: 2 };
    const { read: bytes, taken, links } = await readAbout(service, habit);
    expect(links).toBe(1);
    expect(taken - bytes).toBeLessThanOrEqual(readers * habit.places * (16 * mebibyte + 8 * pieceBytes));
  });
});
