import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Emulator } from '../emulator/emulator.js';
import type { World } from '../emulator/world.js';

/** An account of the emulated world under the name it has in the configuration. */
export interface NamedAccount {
  readonly name: string;
  readonly service: World['accounts'][number]['service'];
  /** Null: it is left to a login. */
  readonly token: string | null;
}

/** Where the emulated library is mounted and kept. */
export interface EmulatedPlaces {
  readonly mountpoint: string;
  readonly stateDir: string;
  /** A links file. */
  readonly links: string;
}

/** A configuration, as YAML, that uses the emulated services and nothing else. */
export function emulatedConfiguration(
  emulator: Emulator,
  accounts: readonly NamedAccount[],
  { mountpoint, stateDir, links }: EmulatedPlaces,
): string {
  return stringify({
    mountpoint,
    stateDir,
    cache: { dir: join(stateDir, 'cache') },
    accounts: accounts.map(({ name, service, token }) => ({
      name,
      service,
      ...(token === null ? {} : { token }),
      apiUrl: emulator.apiUrl(service),
    })),
    links: [links],
    identify: { nekobt: { enabled: true, apiUrl: emulator.urls.nekobt } },
    server: { listen: '127.0.0.1:0' },
  });
}
