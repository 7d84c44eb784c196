import fc from 'fast-check';
import { expect, it } from 'vitest';
import { confirmsExtent } from '../../src/archives/confirm.js';
import { readLayout } from '../../src/archives/rar-layout.js';
import { volumeSets } from '../../src/archives/volumes.js';
import type { RarSettings } from '../../src/emulator/rar.js';
import { built, bytesOf, packedBytes, reader, storedFiles, told, wholeFile } from './built.js';

const component = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((name) => !/[\\/\0]/.test(name) && name !== '.' && name !== '..');
const path = fc.array(component, { minLength: 1, maxLength: 3 }).map((components) => components.join('/'));
const size = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9000 }));
const settings: fc.Arbitrary<RarSettings> = fc
  .record(
    {
      format: fc.constantFrom('rar3', 'rar5'),
      files: fc
        .uniqueArray(fc.tuple(path, size), { minLength: 1, maxLength: 6, selector: ([name]) => name })
        .map((files) => files.map(([name, bytes]) => wholeFile(name, bytes))),
      naming: fc.constantFrom('part', 'old'),
      baseName: fc.constant('x'),
      volumeBytes: fc.oneof(fc.integer({ min: 400, max: 700 }), fc.integer({ min: 400, max: 20_000 })),
    },
    { requiredKeys: ['format', 'files', 'naming', 'baseName'] },
  )
  .map(({ volumeBytes, ...others }) => (volumeBytes === undefined ? others : { ...others, volumeBytes }));

it('gives every byte of every file, however it was packed', async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.boolean(), async (packed, predict) => {
      const unsorted = [...(await built(packed))].sort((a, b) => b.name.localeCompare(a.name));
      const named = unsorted.map(({ name, bytes }) => ({ path: name, size: bytes.length }));
      const [set, ...others] = volumeSets(named);
      expect([set?.length, others]).toEqual([unsorted.length, []]);
      const volumes = (set ?? []).flatMap((index) => unsorted[index] ?? []);
      const { read, touched } = reader(volumes);
      const files = storedFiles(await readLayout(told(volumes), read, { predict }));
      expect(files.map(({ path: told_ }) => told_)).toEqual(packed.files.map((file) => file.path));
      for (const [at, file] of files.entries()) {
        const original = await bytesOf(packed.files[at]?.source ?? wholeFile('', 0).source);
        expect(packedBytes(file, volumes)).toEqual(original);
        expect(file.size).toBe(original.length);
        for (const extent of file.extents) {
          expect(touched.includes(extent.volume)).toBe(extent.confirmed);
          const head = volumes[extent.volume]?.bytes.subarray(0, extent.offset) ?? Buffer.alloc(0);
          if (!extent.confirmed) expect(confirmsExtent(head, file, extent)).toBe(true);
        }
      }
    }),
    { numRuns: 150 },
  );
});
