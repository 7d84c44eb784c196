import { allDebridDefaults, type AllDebridKnobs } from './alldebrid/knobs.js';
import { nekobtDefaults, type NekobtKnobs } from './nekobt/knobs.js';
import { realDebridDefaults, type RealDebridKnobs } from './real-debrid/knobs.js';
import { storagePortalDefaults, type StoragePortalKnobs } from './storage-portal/knobs.js';
import { torBoxDefaults, type TorBoxKnobs } from './torbox/knobs.js';

/** Behaviours that may be changed, also while the emulator runs. */
export interface Knobs {
  /** Whether rate limits are enforced. */
  rateLimits: boolean;
  /** Whether `X-Fake-Client-IP` tells the client's address. */
  fakeClientIp: boolean;
  /** Logins are approved by themselves after so long, for the first account of their service; null: only by a test. */
  approveLoginsAfterMs: number | null;
  readonly realDebrid: RealDebridKnobs;
  readonly allDebrid: AllDebridKnobs;
  readonly torBox: TorBoxKnobs;
  readonly storagePortal: StoragePortalKnobs;
  readonly nekobt: NekobtKnobs;
}

/** What may be set at the start; the rest has its default. */
export interface KnobSettings {
  readonly rateLimits?: boolean;
  readonly fakeClientIp?: boolean;
  readonly approveLoginsAfterMs?: number | null;
  readonly realDebrid?: Partial<RealDebridKnobs>;
  readonly allDebrid?: Partial<AllDebridKnobs>;
  readonly torBox?: Partial<TorBoxKnobs>;
  readonly storagePortal?: Partial<StoragePortalKnobs>;
  readonly nekobt?: Partial<NekobtKnobs>;
}

export function knobsFrom(settings: KnobSettings): Knobs {
  return {
    rateLimits: settings.rateLimits ?? true,
    fakeClientIp: settings.fakeClientIp ?? false,
    approveLoginsAfterMs: settings.approveLoginsAfterMs ?? null,
    realDebrid: { ...realDebridDefaults, ...settings.realDebrid },
    allDebrid: { ...allDebridDefaults, ...settings.allDebrid },
    torBox: { ...torBoxDefaults, ...settings.torBox },
    storagePortal: { ...storagePortalDefaults, ...settings.storagePortal },
    nekobt: { ...nekobtDefaults, ...settings.nekobt },
  };
}
