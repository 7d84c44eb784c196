import { describe, expect, it } from 'vitest';
import { createScrubber } from '../../src/config/scrub.js';

describe('the scrubber', () => {
  const scrub = createScrubber(['s3cret/"token"', 'abc', 's3cret/"token"-longer']);

  it.each([
    ['plain', 'x s3cret/"token" y'],
    ['in JSON', JSON.stringify({ t: 's3cret/"token"' })],
    ['in a URL', `https://h/?q=${encodeURIComponent('s3cret/"token"')}`],
    ['where one secret holds another', 's3cret/"token"-longer'],
    ['in the query of a URL', `?${new URLSearchParams({ q: 's3cret/"token"' }).toString().toLowerCase()}`],
    ['in capitals', 's3cret/"token"'.toUpperCase()],
    ['in a web page', '<p>s3cret/&quot;token&quot;</p>'],
  ])('takes a secret out: %s', (_name, text) => {
    expect(scrub(text)).toContain('***');
    expect(scrub(text)).not.toMatch(/s3cret|longer/i);
  });

  it.each(['', ':', 'user:', 'a user:'])(
    'takes a password out of what a proxy is sent behind "%s"',
    (user) => {
      const hidden = createScrubber(['pass?word>>secret']);
      for (const encoding of ['base64', 'base64url'] as const) {
        const sent = Buffer.from(`${user}pass?word>>secret`).toString(encoding);
        const shown = hidden(`Basic ${sent}.`);
        expect(shown).toContain('***');
        expect(shown.replace(/[*.]|Basic /g, '').length).toBeLessThan(user.length * 1.4 + 8);
      }
    },
  );

  it('takes keys out of URLs that it was not told of', () => {
    expect(scrub('GET https://api/requestdl?token=unknown&id=3 failed')).toBe(
      'GET https://api/requestdl?token=***&id=3 failed',
    );
  });

  it('leaves words alone that are too short to be secrets', () => {
    expect(scrub('abc')).toBe('abc');
  });
});
