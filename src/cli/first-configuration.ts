import { stringify } from 'yaml';
import type { ServiceName } from '../core/account.js';

/** A media server that is to be told what is new. */
export interface ChosenServer {
  readonly kind: 'plex' | 'jellyfin' | 'emby' | 'kodi';
  readonly url: string;
  /** Null for Kodi, which has none. Secret. */
  readonly token: string | null;
}

/** What the user said at first. */
export interface FirstAnswers {
  readonly accounts: readonly {
    readonly name: string;
    readonly service: ServiceName;
    readonly apiUrl: string | null;
  }[];
  readonly mountpoint: string;
  /** Null: where they are by themselves. */
  readonly folders: { readonly stateDir: string; readonly cacheDir: string } | null;
  readonly allowOther: boolean;
  readonly server: ChosenServer | null;
}

/** A first configuration, with what can be added to it. May hold a secret. */
export function firstConfiguration({
  accounts,
  mountpoint,
  folders,
  allowOther,
  server,
}: FirstAnswers): string {
  const lines = [
    '# debridfs: every key is in the README under Settings. `debridfs doctor` says what is wrong with it.',
    '',
    '# Where the tree appears; made when it is missing.',
    yaml({ mountpoint }),
    ...(folders === null
      ? []
      : [
          '# The library and the secrets: keep it. And cached bytes, up to 10 GiB unless cache.maxSize says otherwise.',
          yaml({ stateDir: folders.stateDir, cache: { dir: folders.cacheDir } }),
        ]),
    '# Each is logged in to with `debridfs login NAME`.',
    yaml({
      accounts: accounts.map(({ apiUrl, ...account }) => ({
        ...account,
        ...(apiUrl === null ? {} : { apiUrl }),
      })),
    }),
    ...(allowOther
      ? ["# So that the media server's user may read it.", yaml({ mount: { allowOther } })]
      : []),
    ...(server === null
      ? []
      : [
          '# Told what is new. Where it sees the mount under another path, as in a container:',
          `#     pathMap: { ${mountpoint}: /media }`,
          yaml({
            notify: [
              {
                kind: server.kind,
                url: server.url,
                ...(server.token === null ? {} : { token: server.token }),
              },
            ],
          }),
        ]),
    '# Anime by its exact series. It tells nekoBT what you hold, so it is off unless you turn it on:',
    '# identify: { nekobt: { enabled: true } }',
    '',
  ];
  return lines.join('\n');
}

function yaml(value: object): string {
  // What the user typed names no variable.
  return stringify(value, { lineWidth: 0 }).replaceAll('${', () => '$${');
}
