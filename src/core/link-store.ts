import type { Link } from './provider.js';

/** Where links outlive the process. Keys come from `sourceKey`. */
export interface LinkStore {
  get(key: string): Link | undefined;
  /** Kept at once for `get`; written to disk soon after. */
  put(key: string, link: Link): void;
}
