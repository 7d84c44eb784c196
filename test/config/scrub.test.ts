import { describe, expect, it } from 'vitest';
import { createScrubber } from '../../src/config/scrub.js';

describe('the scrubber', () => {
  const scrub = createScrubber(['s3cret/"token"', 'abc', 's3cret/"token"-longer']);

  it.each([
    ['plain', 'x s3cret/"token" y'],
    ['in JSON', JSON.stringify({ t: 's3cret/"token"' })],
    ['in a URL', `https://h/?q=${encodeURIComponent('s3cret/"token"')}`],
    ['where one secret holds another', 's3cret/"token"-longer'],
  ])('takes a secret out: %s', (_name, text) => {
    expect(scrub(text)).toContain('***');
    expect(scrub(text)).not.toMatch(/s3cret|longer/);
  });

  it('takes keys out of URLs that it was not told of', () => {
    expect(scrub('GET https://api/requestdl?token=unknown&id=3 failed')).toBe(
      'GET https://api/requestdl?token=***&id=3 failed',
    );
  });

  it('leaves words alone that are too short to be secrets', () => {
    expect(scrub('abc')).toBe('abc');
  });
});
