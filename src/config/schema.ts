import * as z from 'zod';
import * as fields from './fields.js';

const account = z.strictObject({
  name: fields.accountName,
  service: fields.service,
  token: fields.secret.nullable().default(null),
  tokenFile: fields.path.nullable().default(null),
  apiUrl: fields.apiUrl.nullable().default(null),
  proxy: fields.secretUrl.nullable().default(null),
  repair: fields.flag.default(false),
  history: fields.flag.default(false),
});

const notifyTarget = z.strictObject({
  kind: fields.oneOf('plex', 'jellyfin', 'emby', 'kodi', 'webhook', 'command'),
  url: fields.secretUrl.nullable().default(null),
  token: fields.secret.nullable().default(null),
  /** Program and arguments, run without a shell. */
  command: z.array(fields.plainText).default([]),
  pathMap: z.record(z.string(), fields.plainText).default({}),
});

const folderRule = z.strictObject({
  name: fields.folderName,
  kind: fields.oneOf('movie', 'show').nullable().default(null),
  title: fields.oneOrMore(fields.plainText).nullable().default(null),
  year: fields.years.nullable().default(null),
  resolution: fields.resolutions.nullable().default(null),
  language: fields.oneOrMore(fields.language).nullable().default(null),
  account: fields.oneOrMore(fields.accountName).nullable().default(null),
  age: fields.ages.nullable().default(null),
  size: fields.sizes.nullable().default(null),
  regex: fields.expression.nullable().default(null),
  /** True: what matches is moved there; false: it is shown there as well. */
  only: fields.flag.default(false),
});

/**
 * The configuration as it is written: every key, what may stand there, and its default. Defaults that depend on the
 * caller (folders, user) are null here. Values arrive as texts, whether from the file, the environment or a flag.
 */
export const schema = z.strictObject({
  mountpoint: fields.path.nullable().default(null),
  stateDir: fields.path.nullable().default(null),
  accounts: z.array(account).default([]),
  links: z.array(fields.path).default([]),
  identify: z
    .strictObject({
      nekobt: z
        .strictObject({
          enabled: fields.flag.default(false),
          apiUrl: fields.apiUrl.default('https://nekobt.to'),
          apiKey: fields.secret.nullable().default(null),
        })
        .prefault({}),
    })
    .prefault({}),
  tree: z
    .strictObject({
      anime: fields.oneOf('shows', 'separate').default('shows'),
      versions: fields.oneOf('all', 'best').default('all'),
      idTags: fields.oneOf('plex', 'jellyfin', 'both', 'none').default('plex'),
    })
    .prefault({}),
  cache: z
    .strictObject({
      dir: fields.path.nullable().default(null),
      maxSize: fields.size(0, '0').default(10 * 2 ** 30),
      memory: fields.size(2 ** 20, '1MiB').default(256 * 2 ** 20),
      pinned: fields.share.default(0.5),
    })
    .prefault({}),
  sync: z
    .strictObject({
      interval: fields.duration(100, '100ms').default(60_000),
      confirmAfter: fields.duration(0, '0s').default(60_000),
    })
    .prefault({}),
  read: z
    .strictObject({
      patience: fields.duration(0, '0s').default(60_000),
    })
    .prefault({}),
  mount: z
    .strictObject({
      allowOther: fields.flag.default(false),
      uid: fields.userNumber.nullable().default(null),
      gid: fields.userNumber.nullable().default(null),
      umask: fields.permissionBits.default(0o022),
      binding: fields.oneOf('auto', 'kernel', 'fuse-native').default('auto'),
      announce: fields.flag.default(false),
      dropPrivileges: fields.flag.default(false),
      attrTimeout: fields.duration(0, '0s').nullable().default(null),
    })
    .prefault({}),
  server: z
    .strictObject({
      listen: fields.listen.default({ host: '127.0.0.1', port: 8484 }),
      password: fields.secret.nullable().default(null),
    })
    .prefault({}),
  notify: z.array(notifyTarget).default([]),
  log: z
    .strictObject({
      level: fields.oneOf('trace', 'debug', 'info', 'warn', 'error').default('info'),
      format: fields.oneOf('auto', 'human', 'json').default('auto'),
    })
    .prefault({}),
  overrides: fields.path.nullable().default(null),
  folders: z.array(folderRule).default([]),
  bwlimit: fields.rate.default(null),
});

/** The configuration once its texts are understood. */
export type Settings = z.output<typeof schema>;
