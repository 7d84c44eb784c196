import fc from 'fast-check';
import { hostileText } from '../library/hostile-strings.js';

/** How many times more inputs than in CI. */
export const factor = Number(process.env['FUZZ_RUNS'] ?? 1);

/** No input may take longer, in milliseconds of the processor's time: a thousand times what any of them needs. */
const limitMs = 250;

/** Values that nobody promised not to send. */
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 2 ** 63, 5e-324],
    ...['', ' ', '0', '-1', '1e999', 'NaN', 'null', '9'.repeat(400), '2026-13-45', '9999-12-31T23:59:59Z'],
    ...['..', '/', '../../etc/passwd', '/a//b/', 'a/'.repeat(2_000), '\0', '\u202e', '\ud800', '__proto__'],
    ...['http://', 'file:///etc/passwd', 'https://user:password@host/', 'javascript:0'],
    ...[[], {}, [[[[]]]], [null], { length: 5 }, { constructor: 1 }, { then: 1 }, { toString: 1 }],
    JSON.parse('{"__proto__":{"id":1}}') as unknown,
  ),
  hostileText,
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>,
  fc.double(),
  fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
);

type Place = { readonly holder: Record<string, unknown>; readonly key: string };

/** Every place in a document that holds a value. */
function placesIn(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    found.push({ holder, key });
    placesIn(holder[key], found);
  }
  return found;
}

/** A document in which some things are not as they should be. */
function spoilt(document: unknown): fc.Arbitrary<unknown> {
  const change = fc.record({
    where: fc.nat(),
    how: fc.constantFrom('replace', 'remove', 'repeat', 'wrap', 'text'),
    value: hostileValue,
  });
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const whole = { document: structuredClone(document) };
    for (const { where, how, value } of changes) {
      const places = placesIn(whole);
      const place = places[where % Math.max(1, places.length)];
      if (place === undefined) continue;
      const { holder, key } = place;
      const old = holder[key];
      if (how === 'remove') Reflect.deleteProperty(holder, key);
      else if (how === 'repeat') holder[key] = [old, structuredClone(old)];
      else if (how === 'wrap') holder[key] = { [key]: old };
      else if (how === 'text') holder[key] = JSON.stringify(old);
      // A copy: the next change may be inside of it, and inputs after this one are made of the same values.
      else holder[key] = structuredClone(value);
    }
    return whole.document;
  });
}

/** Spoilt ones of some documents, and now and then anything at all, as they come over the line. */
export function anyOf(...documents: readonly unknown[]): fc.Arbitrary<unknown> {
  const values = fc.oneof(...documents.map((document) => ({ weight: 4, arbitrary: spoilt(document) })), {
    weight: 1,
    arbitrary: hostileValue,
  });
  return values.map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown);
}

/** Bytes and texts that come near to what is expected, made of its pieces. */
export function madeOf(...pieces: readonly string[]): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom(...pieces), hostileText, fc.string({ maxLength: 5 })), { maxLength: 12 })
    .map((parts) => parts.join(''));
}

/**
 * Does something with many inputs. What it throws fails, and so does an input that takes long: taken three times more, because a
 * machine may have been busy meanwhile.
 */
export async function fuzz<Value>(
  inputs: fc.Arbitrary<Value>,
  runs: number,
  attempt: (input: Value) => unknown,
): Promise<void> {
  let done = 0;
  const timed = async (input: Value): Promise<number> => {
    const startMs = process.cpuUsage().user / 1000;
    await attempt(input);
    return process.cpuUsage().user / 1000 - startMs;
  };
  const property = fc.asyncProperty(inputs, async (input) => {
    done += 1;
    let tookMs = await timed(input);
    for (let again = 0; again < 3 && tookMs > limitMs; again += 1)
      tookMs = Math.min(tookMs, await timed(input));
    if (tookMs > limitMs) throw new Error(`It took ${tookMs} ms.`);
  });
  const seed = process.env['FUZZ_SEED'];
  await fc.assert(property, {
    numRuns: runs * factor,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  });
  if (done < runs * factor) throw new Error(`Only ${done} inputs were tried.`);
}
