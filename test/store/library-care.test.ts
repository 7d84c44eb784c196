import { utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Cared } from '../../src/store/care.js';
import { startLibraryCare } from '../../src/store/library-care.js';
import { libraryFiles } from '../../src/store/library-files.js';
import { FakeClock } from '../support/fake-clock.js';
import { temporaryFolder } from '../support/library.js';

describe('a library that is cared for', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let clock: FakeClock;
  let warnings: string[];
  let damages: AppError[];
  let unmended: (string | null)[];
  let looks: number;
  let result: () => Promise<Cared>;
  let stop: () => void;
  beforeEach(() => {
    folder = temporaryFolder();
    clock = new FakeClock();
    warnings = [];
    damages = [];
    unmended = [];
    looks = 0;
    result = () => {
      const { copy } = libraryFiles(folder.path);
      writeFileSync(copy, '');
      utimesSync(copy, clock.now() / 1000, clock.now() / 1000);
      return Promise.resolve({ kind: 'sound', isCopied: true });
    };
    stop = startLibraryCare({
      stateDir: folder.path,
      clock,
      logger: {
        ...silentLogger,
        warn: (_, message) => void warnings.push(message),
        error: (_, message) => void warnings.push(message),
      },
      onDamage: (error) => void damages.push(error),
      onUnmended: (message) => void unmended.push(message),
      care: () => {
        looks += 1;
        return result();
      },
    });
  });
  afterEach(() => {
    stop();
    folder.remove();
  });

  const minutes = async (count: number): Promise<void> => {
    for (let minute = 0; minute < count; minute += 1) await clock.advance(60_000);
  };

  it('is looked through a minute after the start, and once a day from then on', async () => {
    await clock.advance(59_999);
    expect(looks).toBe(0);
    await clock.advance(1);
    expect(looks).toBe(1);
    await minutes(23 * 60);
    expect(looks).toBe(1);
    await minutes(70);
    expect(looks).toBe(2);
    expect({ warnings, damages }).toEqual({ warnings: [], damages: [] });
  });

  it('and cannot be copied costs a warning, and is tried again', async () => {
    const copied = result;
    result = () => Promise.resolve({ kind: 'failed', message: 'No room.' });
    await minutes(1);
    expect(warnings).toEqual([expect.stringMatching('No room.')]);
    result = () => Promise.reject(new Error('no thread'));
    await minutes(59);
    expect(warnings).toHaveLength(1);
    await minutes(1);
    expect(warnings[1]).toMatch('no thread');
    result = copied;
    await minutes(60);
    expect({ looks, warnings: warnings.length, damages }).toEqual({ looks: 3, warnings: 2, damages: [] });
  });

  it('and is damaged is told of where there is a copy', async () => {
    writeFileSync(libraryFiles(folder.path).copy, '');
    result = () => Promise.resolve({ kind: 'damaged', message: 'It is damaged.' });
    await minutes(1);
    expect(damages).toMatchObject([{ code: 'storage', message: 'It is damaged.' }]);
  });

  it('and cannot be mended is served on, with a warning and a word in status, until it is sound again', async () => {
    const sound = result;
    result = () => Promise.resolve({ kind: 'unmended', message: 'It is damaged.' });
    await minutes(1);
    expect({ warnings, damages, unmended }).toEqual({
      warnings: ['It is damaged.'],
      damages: [],
      unmended: ['It is damaged.'],
    });
    await minutes(59);
    expect(looks).toBe(1);
    result = sound;
    await minutes(1);
    expect(unmended).toEqual(['It is damaged.', null]);
  });

  it('is left alone once it is stopped', async () => {
    stop();
    await minutes(60);
    expect(looks).toBe(0);
  });
});
