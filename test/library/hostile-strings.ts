import fc from 'fast-check';

/** What a test must not do is fail on another seed tomorrow. */
export const seed = 20_261_123;

const pieces = [
  ...[
    'S01',
    'E02',
    'S01E02',
    '1x02',
    'E01E02',
    '-02',
    '2019',
    '(2019)',
    '1080p',
    'x264',
    'Season',
    'Сезон:',
    '99.',
  ],
  ...[
    '-',
    '.',
    ' ',
    '_',
    '[',
    ']',
    '(',
    ')',
    '/',
    '\\',
    '..',
    '../',
    '~',
    '&',
    '12-',
    '01',
    '24.5',
    'v2',
    'of',
  ],
  ...[
    '第',
    '話',
    'é',
    'e\u0301',
    '한',
    '中',
    'ñ',
    '😀',
    '👩‍👩‍👧',
    '\u0301',
    '\u0000',
    '\n',
    '\u009F',
    '\u202E',
    '\u2028',
  ],
  ...[
    '\uD800',
    '\uDC00',
    '<',
    '>',
    ':',
    '"',
    '|',
    '?',
    '*',
    '.mkv',
    '.en.srt',
    'cd1',
    'www.',
    '[DEADBEEF]',
    'sample',
  ],
];

const piece = fc.constantFrom(...pieces);

/** Text as no person would write it, but a torrent may: soups and repetitions of what our patterns look for. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((soup) => soup.join('')),
  fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 200 }))
    .map(([unit, times]) => unit.join('').repeat(times)),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
    .map((units) => String.fromCharCode(...units)),
);

/** The names that the issue of bad input is about. */
export const badNames = [
  '',
  '.',
  '..',
  '...',
  ' ',
  '../../etc/passwd',
  '/absolute',
  'a\u0000b',
  'a/b\\c',
  '\u0001\u001F\u007F\u0085',
  'x'.repeat(300),
  '漢'.repeat(300),
  '👩‍👩‍👧'.repeat(60),
  `${'x'.repeat(300)}.mkv`,
  `x.${'y'.repeat(300)}`,
  `a${'\u0301'.repeat(300)}`,
  'Movie?: "The | <One>" *.mkv',
  '\uD800',
  'name.',
  'name ',
  ' .name',
  'CON',
] as const;
