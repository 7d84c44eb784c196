import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import { ItemFailures } from '../../src/providers/item-failures.js';

const fail = (failures: ItemFailures, code: ErrorCode): unknown =>
  failures.passOver('7', new AppError(code, 'no'));

describe('a library of which some torrents give no details', () => {
  it.each<ErrorCode>(['timeout', 'service-down', 'bad-answer', 'content-gone', 'not-ready', 'internal'])(
    'shows the others past nine of them that fail with %s, and takes ten in a row for the service',
    (code) => {
      const failures = new ItemFailures('mine', silentLogger);
      for (let round = 0; round < 2; round += 1) {
        for (let item = 0; item < 9; item += 1) expect(fail(failures, code)).toBeNull();
        failures.succeeded();
      }
      for (let item = 0; item < 9; item += 1) fail(failures, code);
      expect(() => fail(failures, code)).toThrow(AppError);
    },
  );

  it('shows the others past any number of them that are gone', () => {
    const failures = new ItemFailures('mine', silentLogger);
    for (let item = 0; item < 100; item += 1) expect(fail(failures, 'item-gone')).toBeNull();
  });

  it.each<ErrorCode>([
    'network',
    'token-rejected',
    'not-premium',
    'account-blocked',
    'address-refused',
    'rate-limited',
    'quota-used-up',
    'aborted',
  ])('is not asked for more after %s', (code) => {
    expect(() => fail(new ItemFailures('mine', silentLogger), code)).toThrow(AppError);
  });

  it('is not asked for more after a mistake of this program', () => {
    const mistake = new TypeError('x is not a function');
    expect(() => new ItemFailures('mine', silentLogger).passOver('7', mistake)).toThrow(mistake);
  });
});
