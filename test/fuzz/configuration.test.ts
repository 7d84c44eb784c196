import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, type ConfigRequest } from '../../src/config/load.js';
import { readOverrides } from '../../src/config/overrides-file.js';
import { parseDuration, parseSize } from '../../src/config/units.js';
import { AppError } from '../../src/core/errors.js';
import { fuzz, madeOf } from './inputs.js';

const secret = 'S3CRET-t0ken-0123456789';

const example = `mountpoint: /mnt/debrid
stateDir: /var/lib/debridfs
accounts:
  - name: rd
    service: real-debrid
    token: ${secret}
  - { name: ad, service: alldebrid, token: "\${AD_TOKEN}", proxy: "http://user:${secret}@proxy:1080" }
links: [/etc/debridfs/links.txt]
tree: { anime: shows, versions: all, idTags: plex }
folders:
  - { name: uhd, kind: movie, resolution: 2160p, only: true, title: "/^the (a|b)+$/" }
cache: { dir: /var/cache/debridfs, maxSize: 10GiB, memory: 256MiB, pinned: 50% }
sync: { interval: 60s, confirmAfter: 1m }
mount: { allowOther: true, uid: 1000, gid: 1000, umask: "022" }
server: { listen: "127.0.0.1:8484", password: ${secret} }
log: { level: info, format: auto }
`;

const overrides = `0123456789012345678901234567890123456789:
  kind: show
  title: The Right One
  season: 2
  files:
    "Season 1/a.mkv": { episode: 3, hidden: false }
`;

/** What YAML can be made to hold. */
const pieces = [
  ...[
    '\n',
    '  ',
    ': ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '#',
    '|',
    '>',
    '&a ',
    '*a',
    '!!js/function ',
    '!!binary ',
  ],
  ...[
    '<<: ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '? ',
    '\t',
    '~',
    'null',
    '.inf',
    '.nan',
    '0x10',
    '1e999',
    '-1',
    '$',
  ],
  ...[
    '${',
    '}',
    '${HOME}',
    '${NONE}',
    '__proto__: ',
    'constructor: ',
    '\u0000',
    '\ud800',
    '\u2028',
    '9'.repeat(400),
  ],
] as const;

/** A text in which pieces were put, taken away and repeated. */
function changed(text: string): fc.Arbitrary<string> {
  const change = fc.record({ at: fc.nat(text.length), drop: fc.nat(20), put: madeOf(...pieces) });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    return changes.reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), text);
  });
}

const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, level) => {
  const name = String.fromCharCode(98 + level);
  const before = String.fromCharCode(97 + level);
  return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
}).join('\n')}\nmountpoint: *j\n`;

describe('whatever a user writes, it is understood or refused with a sentence, and soon:', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'debridfs-fuzz-'));
    file = join(folder, 'file.yaml');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const request = (change: Partial<ConfigRequest>): ConfigRequest => {
    const env = { AD_TOKEN: secret };
    return {
      flags: [],
      env,
      cwd: folder,
      home: folder,
      uid: 1,
      gid: 1,
      need: 'mount',
      file: null,
      ...change,
    };
  };
  const read = (work: () => unknown): void => {
    try {
      work();
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'config') throw thrown;
      expect(thrown.message).not.toContain(secret);
      expect(thrown.message.length).toBeGreaterThan(10);
    }
  };

  it('a configuration', { timeout: 120_000 }, async () => {
    const texts = fc.oneof(
      { weight: 6, arbitrary: changed(example) },
      { weight: 1, arbitrary: madeOf(...pieces) },
      { weight: 1, arbitrary: changed(bomb) },
    );
    await fuzz(texts, 3_000, (text) => {
      writeFileSync(file, text, { mode: 0o600 });
      read(() => loadConfig(request({ file })));
    });
  });

  it('overrides', { timeout: 120_000 }, async () => {
    await fuzz(fc.oneof(changed(overrides), madeOf(...pieces)), 3_000, (text) => {
      writeFileSync(file, text);
      read(() => readOverrides(file));
    });
  });

  it('environment and flags', { timeout: 120_000 }, async () => {
    const name = fc.constantFrom(
      ...[
        'MOUNTPOINT',
        'STATEDIR',
        'CACHE_MAXSIZE',
        'CACHE_PINNED',
        'SYNC_INTERVAL',
        'MOUNT_UMASK',
        'MOUNT_UID',
      ],
      ...[
        'SERVER_LISTEN',
        'LOG_LEVEL',
        'BWLIMIT',
        'ACCOUNTS',
        'TREE_ANIME',
        'READ_PATIENCE',
        'NONE',
        '__PROTO__',
        '',
      ],
    );
    const text = madeOf(...pieces, '10', 'GiB', 's', '%', '022', ':', '127.0.0.1', '[::1]', 'off', 'true');
    await fuzz(fc.tuple(name, text, text), 4_000, ([variable, first, second]) => {
      const env = { [`DEBRIDFS_${variable}`]: first };
      const flags = [{ path: ['cache', 'maxSize'], text: second, flag: '--vfs-cache-max-size' }];
      read(() => loadConfig(request({ env })));
      read(() => loadConfig(request({ flags })));
    });
  });

  it('sizes and durations', { timeout: 120_000 }, async () => {
    await fuzz(madeOf('1', '.5', 'e9', 'GiB', 'k', 'ms', 'd', ' ', '-', '9'.repeat(30)), 10_000, (text) => {
      for (const value of [parseSize(text), parseDuration(text)])
        if (value !== undefined && !(value >= 0)) throw new Error(`${value}`);
    });
  });
});
