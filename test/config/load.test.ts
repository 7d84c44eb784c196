import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, type ConfigRequest } from '../../src/config/load.js';
import { knownKeys } from '../../src/config/keys.js';
import { AppError } from '../../src/core/errors.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'debridfs-config-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

function write(name: string, text: string, mode = 0o600): string {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  return path;
}

function request(change: Partial<ConfigRequest> = {}): ConfigRequest {
  return { flags: [], env: {}, cwd: dir, home: dir, uid: 7, gid: 8, need: 'accounts', ...change };
}

function load(yaml: string, change: Partial<ConfigRequest> = {}) {
  return loadConfig(request({ file: write('config.yaml', yaml), ...change }));
}

function errorOf(call: () => unknown): AppError {
  try {
    call();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const account =
  'mountpoint: /mnt/debrid\naccounts:\n  - { name: rd, service: real-debrid, token: secret-token }\n';

it.each([
  ['server:\n  listen: off\n  S3CRET-t0ken:\n', /server\.… at .*config\.yaml:6: Unknown key\./],
  ['log:\n  level: info\n    S3CRET-t0ken\n', /"info …" is not understood/],
])('a secret whose own key was forgotten is not shown: %j', (yaml, told) => {
  const { message } = errorOf(() => load(account + yaml));
  expect(message).toMatch(told);
  expect(message).not.toContain('S3CRET');
});

describe('defaults', () => {
  it('are those of the documentation', () => {
    const config = loadConfig(
      request({ env: { XDG_STATE_HOME: '/xdg/state', XDG_CACHE_HOME: 'not/absolute' } }),
    );
    expect(config).toEqual({
      file: null,
      warnings: [],
      mountpoint: null,
      stateDir: '/xdg/state/debridfs',
      accounts: [],
      links: [],
      identify: { nekobt: { enabled: false, apiUrl: 'https://nekobt.to', apiKey: null } },
      tree: { anime: 'shows', versions: 'all', idTags: 'plex' },
      cache: {
        dir: join(dir, '.cache/debridfs'),
        maxSizeBytes: 10 * 2 ** 30,
        memoryBytes: 256 * 2 ** 20,
        pinnedShare: 0.5,
      },
      sync: { intervalMs: 60_000, confirmAfterMs: 60_000 },
      read: { patienceMs: 60_000 },
      mount: {
        allowOther: false,
        uid: 7,
        gid: 8,
        umask: 0o022,
        binding: 'auto',
        announce: false,
        dropTo: null,
        attrTimeoutMs: null,
      },
      server: { listen: { host: '127.0.0.1', port: 8484 }, password: null },
      notify: [],
      log: { level: 'info', format: 'auto' },
      overrides: '/xdg/state/debridfs/overrides.yaml',
      folders: [],
      bwlimitBytesPerSecond: null,
    });
  });

  it('the example of the documentation is read as it means', () => {
    const config = load(
      `mountpoint: /mnt/debrid
stateDir: /var/lib/debridfs        # library.db, secrets/
accounts:
  - name: rd                       # unique
    service: real-debrid
    token: \${RD_TOKEN}
    apiUrl: https://api.real-debrid.com/prefix/
links: [/etc/debridfs/links.txt]
identify:
  nekobt: { enabled: false, apiUrl: https://nekobt.to, apiKey: \${NEKOBT_KEY} }
tree: { anime: shows, versions: all, idTags: plex }
cache: { dir: /var/cache/debridfs, maxSize: 10GiB, memory: 256MiB }
sync: { interval: 60s }
mount: { allowOther: true, uid: 1000, gid: 1000, umask: "022" }
server: { listen: 127.0.0.1:8484 }
notify: [{ kind: jellyfin, url: http://jellyfin:8096, token: \${JF_TOKEN}, pathMap: { /mnt/debrid: /media } }]
log: { level: info, format: auto }
`,
      { env: { RD_TOKEN: 'rd: "odd" {token}', JF_TOKEN: 'jf' }, need: 'mount' },
    );
    expect(config.accounts[0]?.token?.reveal()).toBe('rd: "odd" {token}');
    expect(config.accounts[0]?.apiUrl).toBe('https://api.real-debrid.com/prefix');
    expect(config.identify.nekobt.apiKey).toBeNull();
    expect(config.mount).toMatchObject({ allowOther: true, uid: 1000, gid: 1000, umask: 0o022 });
    expect(config.notify[0]).toMatchObject({ kind: 'jellyfin', pathMap: { '/mnt/debrid': '/media' } });
    expect(config.notify[0]?.token?.reveal()).toBe('jf');
  });
});

describe('precedence', () => {
  const flags = [{ path: ['cache', 'maxSize'], text: '3GiB', flag: '--vfs-cache-max-size' }];

  it('is flag, environment, file, default', () => {
    const file = write('config.yaml', 'cache: { maxSize: 1GiB }');
    const env = { DEBRIDFS_CACHE_MAXSIZE: '2GiB' };
    expect(loadConfig(request({ file, env, flags })).cache.maxSizeBytes).toBe(3 * 2 ** 30);
    expect(loadConfig(request({ file, env })).cache.maxSizeBytes).toBe(2 * 2 ** 30);
    expect(loadConfig(request({ file })).cache.maxSizeBytes).toBe(2 ** 30);
    expect(loadConfig(request()).cache.maxSizeBytes).toBe(10 * 2 ** 30);
  });

  it('a value that is overridden may hold a variable that is not set', () => {
    expect(load('cache: { maxSize: "${NOT_SET}" }', { flags }).cache.maxSizeBytes).toBe(3 * 2 ** 30);
  });

  it('an empty variable counts as not set', () => {
    expect(load('log: { level: debug }', { env: { DEBRIDFS_LOG_LEVEL: '' } }).log.level).toBe('debug');
  });

  it('every key outside of lists has its variable', () => {
    expect(knownKeys.filter(({ single }) => single).map(({ variable }) => variable)).toEqual(
      expect.arrayContaining([
        'DEBRIDFS_STATEDIR',
        'DEBRIDFS_IDENTIFY_NEKOBT_APIKEY',
        'DEBRIDFS_MOUNT_ALLOWOTHER',
        'DEBRIDFS_SYNC_CONFIRMAFTER',
      ]),
    );
  });

  it('the file is the first that exists of --config, $DEBRIDFS_CONFIG and the usual places', () => {
    const named = write('named.yaml', 'log: { level: error }');
    const variable = write('variable.yaml', 'log: { level: warn }');
    write('.config/debridfs/config.yaml', 'log: { level: debug }');
    write('xdg/debridfs/config.yaml', 'log: { level: trace }');
    const env = { DEBRIDFS_CONFIG: variable };
    expect(loadConfig(request({ file: named, env })).log.level).toBe('error');
    expect(loadConfig(request({ env })).log.level).toBe('warn');
    expect(loadConfig(request({ env: { XDG_CONFIG_HOME: join(dir, 'xdg') } })).log.level).toBe('trace');
    expect(loadConfig(request()).log.level).toBe('debug');
  });

  it('paths of the file start at its folder, those of flags and variables where the command runs', () => {
    const file = write('etc/config.yaml', 'stateDir: state\ncache: { dir: cache }\noverrides: ~/own.yaml');
    const config = loadConfig(
      request({
        file,
        cwd: '/srv/here',
        env: { DEBRIDFS_STATEDIR: 'state' },
        flags: [{ path: ['mountpoint'], text: 'media', flag: 'MOUNTPOINT' }],
      }),
    );
    expect(config.mountpoint).toBe('/srv/here/media');
    expect(config.stateDir).toBe('/srv/here/state');
    expect(config.cache.dir).toBe(join(dir, 'etc/cache'));
    expect(config.overrides).toBe(join(dir, 'own.yaml'));
  });
});

/** What is written, and what the message must say about it: key, place, what is wrong, remedy. */
const mistakes: readonly (readonly [string, string, readonly string[]])[] = [
  ['an unknown key', 'cach: { dir: /x }', ['cach at ', 'config.yaml:1', 'Unknown key', 'cache?']],
  ['an unknown key without a value', 'log:\n  levle:', ['log.levle', ':2', 'log.level?']],
  ['a key of another section', 'maxSize: 1GiB', ['maxSize', 'cache.maxSize?']],
  ['a key that is like no other', 'zzzzzzzz: 1', ['Known here: mountpoint, stateDir']],
  ['a key named __proto__', '__proto__: { x: 1 }', ['__proto__', 'Unknown key']],
  [
    'an unknown key of an account',
    'accounts:\n  - { name: a, service: torbox, tokn: geheimnis }',
    ['accounts[0].tokn', ':2', 'accounts[0].token?'],
  ],
  [
    'an unknown service',
    'accounts:\n  - name: a\n    service: torbx\n',
    [
      'accounts[0].service',
      ':3',
      '"torbx"',
      'one of real-debrid, alldebrid, torbox, storage-portal. Did',
      'torbox?',
    ],
  ],
  [
    'a name in capitals',
    'accounts: [{ name: RD, service: torbox }]',
    ['accounts[0].name', '"RD"', 'lower-case'],
  ],
  ['a missing service', 'accounts: [{ name: rd }]', ['accounts[0].service', ':1', 'Missing']],
  [
    'two accounts of one name',
    'accounts:\n  - { name: a, service: torbox }\n  - { name: a, service: torbox }',
    ['accounts[1].name', ':3', 'unique'],
  ],
  [
    'a portal without an address',
    'accounts: [{ name: a, service: storage-portal }]',
    ['accounts[0].apiUrl', 'Add apiUrl'],
  ],
  [
    'an address of another kind',
    'accounts: [{ name: a, service: torbox, apiUrl: "ftp://user:geheimnis@host" }]',
    ['accounts[0].apiUrl', 'https://host'],
  ],
  [
    'token and tokenFile',
    'accounts: [{ name: a, service: torbox, token: x, tokenFile: y }]',
    ['accounts[0].tokenFile', 'Remove one'],
  ],
  [
    'a token file that is not there',
    'accounts: [{ name: a, service: torbox, tokenFile: nothing }]',
    ['accounts[0].tokenFile', '/nothing does not exist'],
  ],
  ['a size without a unit', 'cache:\n  maxSize: 10', ['cache.maxSize', ':2', '"10"', '10GiB']],
  ['a duration without a unit', 'sync: { interval: 60 }', ['sync.interval', '"60"', '60s']],
  ['a share that is none', 'cache: { pinned: 120% }', ['cache.pinned', '100%']],
  ['an umask that is not octal', 'mount: { umask: 089 }', ['mount.umask', '"089"', 'octal']],
  ['a switch that is none', 'mount: { allowOther: maybe }', ['mount.allowOther', 'true or false']],
  ['an unknown word', 'tree: { anime: serparate }', ['tree.anime', 'shows, separate', 'separate?']],
  ['a text for a section', 'cache: 5', ['cache', 'keys and values']],
  ['a text for a list', 'links: /a', ['links', 'list']],
  ['a list for a text', 'stateDir: [a]', ['stateDir', 'one value']],
  ['an address to listen on that is none', 'server: { listen: 8484 }', ['server.listen', '127.0.0.1:8484']],
  [
    'a server that others reach without a password',
    'server: { listen: "0.0.0.0:80" }',
    ['server.listen', 'server.password'],
  ],
  [
    'a variable that is not set',
    'accounts:\n  - name: a\n    service: torbox\n    token: ${NO_TOKEN}',
    ['accounts[0].token', ':4', 'NO_TOKEN is not set'],
  ],
  ['a variable without a name', 'stateDir: ${A:-b}', ['stateDir', '${NAME}']],
  [
    'a variable not set in an enabled section',
    'identify: { nekobt: { enabled: true, apiKey: "${NOPE}" } }',
    ['identify.nekobt.apiKey', 'NOPE'],
  ],
  ['a notification without an address', 'notify: [{ kind: plex }]', ['notify[0].url']],
  ['an open bracket', 'stateDir: [a\nlog: {}', ['config.yaml:', ']', 'missing']],
  ['two values for one key', 'log: {}\nlog: {}', [':2', 'twice']],
  ['a tab', 'log:\n\tlevel: info', [':2', 'spaces']],
  ['an open quote', 'log: "info', ['config.yaml:', 'quote']],
  ['a document that is a list', '- a', ['config.yaml:1', 'keys and values']],
  ['an alias', 'log: &a {}\ntree: *a', [':2', 'Aliases']],
  ['a tag', 'stateDir: !secret x', [':1', 'Tags']],
  ['endless nesting', '['.repeat(100_000), ['config.yaml:1', 'nested']],
];

describe('mistakes', () => {
  it.each(mistakes)('%s is told with key, place and remedy', (_name, yaml, wanted) => {
    const { code, message } = errorOf(() => load(yaml));
    expect(code).toBe('config');
    for (const part of wanted) expect(message).toContain(part);
    expect(message).not.toContain('geheimnis');
  });

  it('are all told at once', () => {
    const { message } = errorOf(() =>
      load('sync: { interval: 60 }\nserver: { listen: "0.0.0.0:80" }\ncach: {}\nstateDir: ${NOPE}', {
        need: 'mount',
      }),
    );
    expect(message.split('\n')[0]).toBe('The configuration has 6 problems:');
    for (const key of ['sync.interval', 'server.listen', 'cach', 'stateDir', 'mountpoint', 'accounts']) {
      expect(message).toContain(`\n  ${key}`);
    }
  });

  it('in a flag or a variable name the flag or variable', () => {
    const flags = [{ path: ['mount', 'umask'], text: 'x', flag: '--umask' }];
    const { message } = errorOf(() =>
      loadConfig(request({ flags, env: { DEBRIDFS_SYNC_INTERVAL: 'soon' } })),
    );
    expect(message).toContain('mount.umask at --umask: "x"');
    expect(message).toContain('sync.interval at environment variable DEBRIDFS_SYNC_INTERVAL: "soon"');
  });

  it('a slip in the name of a variable names the nearest one; variables of the container system are left alone', () => {
    const env = { DEBRIDFS_CACHE_MAXSIZ: '1GiB' };
    expect(errorOf(() => loadConfig(request({ env }))).message).toContain(
      'Did you mean DEBRIDFS_CACHE_MAXSIZE?',
    );
    const kubernetes = { DEBRIDFS_SERVICE_HOST: '10.0.0.1', DEBRIDFS_PORT: 'tcp://10.0.0.1:80' };
    expect(() => loadConfig(request({ env: kubernetes }))).not.toThrow();
  });

  it('a list from the environment is refused', () => {
    const { message } = errorOf(() => loadConfig(request({ env: { DEBRIDFS_ACCOUNTS: '[]' } })));
    expect(message).toContain('accounts at environment variable DEBRIDFS_ACCOUNTS: A list cannot');
  });

  it('a file that was named and does not exist is an error', () => {
    expect(errorOf(() => loadConfig(request({ file: 'nothing.yaml' }))).message).toContain('nothing.yaml');
    expect(errorOf(() => loadConfig(request({ env: { DEBRIDFS_CONFIG: '/nothing' } }))).message).toContain(
      'DEBRIDFS_CONFIG',
    );
  });

  it('no text makes anything but an error that names a problem', () => {
    const words = [
      'accounts',
      'cache',
      'log',
      'token',
      '${',
      '}',
      '{',
      '[',
      '- ',
      '\n',
      '  ',
      ': ',
      '"',
      '&a',
      '*a',
      '!',
    ];
    const yaml = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join('')),
      fc.json(),
    );
    const file = write('any.yaml', '');
    fc.assert(
      fc.property(yaml, (text) => {
        writeFileSync(file, text);
        try {
          loadConfig(request({ file }));
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: 'config' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

it('a media server that wants a token and has none is told with its line', () => {
  expect(() =>
    load('notify:\n  - { kind: kodi, url: http://kodi:8080 }\n  - { kind: plex, url: http://plex:32400 }'),
  ).toThrow(/yaml:3: .*Give the token of this plex\./);
});

it('an account whose links do not age out is told that repair has no effect', () => {
  const config = load(
    'accounts:\n  - { name: rd, service: real-debrid, token: t, repair: true }\n  - { name: tb, service: torbox, token: t, repair: true }',
  );
  expect(config.accounts.map(({ repair }) => repair)).toEqual([true, true]);
  expect(config.warnings).toEqual([
    '`repair` of account "tb" has no effect: only links of Real-Debrid age out.',
  ]);
});

it('who has changes announced through libfuse2, which cannot, is told so', () => {
  const warned = (mount: string) => load(`${account}mount: { announce: true, ${mount} }`).warnings;
  expect(warned('binding: fuse-native')).toEqual([expect.stringContaining('`mount.announce` has no effect')]);
  expect(warned('binding: kernel')).toEqual([]);
});

it('a service that is not served yet is understood, but not offered', () => {
  const yaml = 'accounts: [{ name: a, service: storage-portal, apiUrl: "http://portal" }]';
  expect(load(yaml).accounts[0]?.service).toBe('storage-portal');
  expect(errorOf(() => load(yaml.replace('storage', 'starage'))).message).toContain('storage-portal');
});

describe('giving up root', () => {
  const drop = (settings: string) => () =>
    load(`${account}mount: { dropPrivileges: true, ${settings} }`, { uid: 0, gid: 0 });

  it('needs a group too: --uid alone would keep the group of root', () => {
    expect(drop('uid: 1000, gid: 1001')().mount.dropTo).toEqual({ uid: 1000, gid: 1001 });
    for (const settings of ['uid: 1000', 'uid: 1000, gid: 0']) {
      const { code, message } = errorOf(drop(settings));
      expect(code).toBe('config');
      expect(message).toMatch(/keep the group of root\. Say mount\.gid \(--gid\).*`id -g 1000`/);
    }
    expect(errorOf(drop('gid: 1000')).message).toMatch(/another user than root/);
  });

  it('without having it does nothing, and says so', () => {
    const flags = [{ path: ['mount', 'dropPrivileges'], text: 'true', flag: '--drop-privileges' }];
    const { mount, warnings } = load(account, { flags, need: 'mount' });
    expect(mount.dropTo).toBeNull();
    expect(warnings).toEqual([
      expect.stringMatching(/mount\.dropPrivileges has no effect: .*not started as root/),
    ]);
  });
});

describe('secrets', () => {
  it('never print, however the configuration is shown', () => {
    const config = load(`${account}server: { password: pass-word-1 }`);
    const shown = [
      inspect(config, { depth: 9 }),
      JSON.stringify(config),
      String(config.accounts[0]?.token),
    ].join();
    expect(shown).not.toMatch(/secret-token|pass-word-1/);
    expect(config.accounts[0]?.token?.reveal()).toBe('secret-token');
  });

  it('come from a file that is named, or from the secret file of the account', () => {
    write('state/secrets/tb', 'from-secrets\n');
    write('token', '  from-file \n', 0o644);
    const config = load(
      'stateDir: state\naccounts:\n  - { name: rd, service: real-debrid, tokenFile: token }\n  - { name: tb, service: torbox }',
    );
    expect(config.accounts.map(({ token }) => token?.reveal())).toEqual(['from-file', 'from-secrets']);
    expect(config.warnings).toEqual([
      `Everybody can read ${join(dir, 'token')}: chmod 600 ${join(dir, 'token')}`,
    ]);
  });

  it('are warned of where others can read the file that holds them', () => {
    const file = write('open.yaml', account);
    const warnings = () => loadConfig(request({ file, env: { T: 'x' } })).warnings;
    expect(warnings()).toEqual([]);
    for (const mode of [0o604, 0o640]) {
      chmodSync(file, mode);
      expect(warnings()).toEqual([`Others can read ${file}, which holds secrets: chmod 600 ${file}`]);
    }
    writeFileSync(file, 'accounts: [{ name: a, service: torbox, token: "${T}" }]');
    expect(warnings()).toEqual([]);
    writeFileSync(file, 'server: { password: abc }');
    expect(warnings()).toHaveLength(1);
  });

  it('an account without one does not hold up the mount, which says how to get it', () => {
    const yaml = 'mountpoint: /mnt\nstateDir: state\naccounts: [{ name: tb, service: torbox }]';
    const config = load(yaml, { need: 'mount' });
    expect(config.warnings.join()).toContain('Account tb has no token: run `debridfs login tb`.');
    expect(config.accounts[0]?.keptIn).toBe(join(dir, 'state/secrets/tb'));
    expect(load(yaml, { need: 'accounts' }).accounts[0]?.token).toBeNull();
  });

  it.each([
    ['everything', 'mountpoint: /../.', /mountpoint at .*Nothing can be mounted on \//],
    ['its own state', 'mountpoint: m\nstateDir: m/state', /stateDir at .*would cover its own state/],
    ['the state in the usual place', 'mountpoint: /xdg/state', /mountpoint at .*would cover its own state/],
  ])('a mount may not cover %s', (_what, yaml, message) => {
    const need = { need: 'mount', env: { XDG_STATE_HOME: '/xdg/state' } } as const;
    expect(
      errorOf(() => load(`${yaml}\naccounts: [{ name: a, service: torbox, token: t }]`, need)).message,
    ).toMatch(message);
  });

  it('that are not set do not keep a command from finding the state folder', () => {
    const yaml = 'stateDir: /s\naccounts: [{ name: a, service: torbox, token: "${NOPE}" }]';
    expect(load(yaml, { need: 'places' }).stateDir).toBe('/s');
  });
});

describe('`pathMap` of a media server', () => {
  const notify = (pathMap: string): string =>
    `notify:\n  - { kind: command, command: [x], pathMap: ${pathMap} }\n`;
  const atHome = account.replace('/mnt/debrid', '~/debrid');

  it.each(['~/debrid', 'debrid', './debrid/', '~/x/../debrid'])(
    'may name the mountpoint in every way in which `mountpoint` may: %s',
    (here) => {
      const { mountpoint, notify: targets, warnings } = load(atHome + notify(`{ ${here}: /media }`));
      expect(targets.map(({ pathMap }) => pathMap)).toEqual([{ [mountpoint ?? '']: '/media' }]);
      expect(warnings).toEqual([]);
    },
  );

  it('that has no effect is told, whole or in part', () => {
    const { warnings } = load(atHome + notify('{ ~/debird: /a, ~/debrid2: /b, ~/debrid/movies: /c, ~: /d }'));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^`pathMap` of command names .*\/debird, which has no effect: .*\/debrid nor above/,
      ),
      expect.stringMatching(/debrid2, which/),
    ]);
    expect(load(notify('{ /x: /a }')).warnings).toEqual([]);
  });
});
