import { expect, it } from 'vitest';
import { parseFaultRule } from '../../src/emulator/fault-text.js';

it('a fault is read from words', () => {
  expect(parseFaultRule('rd-cdn stallAfter bytes=1000 nth=1-3')).toEqual({
    at: 'rd-cdn',
    nth: [1, 3],
    action: { kind: 'stallAfter', bytes: 1000, ms: null },
  });
  expect(parseFaultRule(' tb-cdn-b  status code=502 body=no path=^/dld/ times=2 method=GET')).toEqual({
    at: 'tb-cdn-b',
    path: /^\/dld\//,
    times: 2,
    method: 'GET',
    action: { kind: 'status', code: 502, body: 'no' },
  });
  expect(parseFaultRule('ad-api hang nth=3 probability=0.5').nth).toEqual([3, 3]);
});

it.each([
  ['', 'no place'],
  ['moon hang', '"moon" is no place; places are rd-api, rd-cdn, rd-cdn-a,'],
  ['rd-api explode', '"explode" is no action; actions are status, delayHeaders,'],
  ['rd-api toString', '"toString" is no action'],
  ['rd-cdn corrupt', 'offset must be a number'],
  ['rd-cdn corrupt offset=x', 'offset must be a number'],
  ['rd-cdn corrupt offset=1 bytes=2', 'no field "bytes"'],
  ['rd-cdn hang forever', 'no field ""'],
  ['rd-cdn hang path=(', 'no regular expression'],
  ['rd-cdn hang nth=a', 'nth must be'],
  ['rd-cdn redirect code=302', 'needs "to"'],
  ['rd-api setHeader name=Date', 'needs "value"'],
  ['rd-api shortenList share=0.1 count=lost', 'count can only be "kept"'],
])('a fault that cannot be understood says why: %s', (text, why) => {
  expect(() => parseFaultRule(text)).toThrow(expect.objectContaining({ code: 'config' }));
  expect(() => parseFaultRule(text)).toThrow(why);
});
