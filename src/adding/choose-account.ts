import type { AccountState } from '../core/account.js';
import type { Provider } from '../core/provider.js';

/** An account that might take a torrent, and what is known of it. */
export interface Candidate {
  readonly provider: Provider;
  /** Null where no call tells that. */
  readonly isCached: boolean | null;
  /** Null where the service did not tell; then `refusal` says why. */
  readonly state: AccountState | null;
  /** Why it cannot be asked, as a sentence; null where it can. */
  readonly refusal: string | null;
}

/** One that may be tried. */
export interface Choice {
  readonly provider: Provider;
  /** Why it comes where it does, as a sentence. */
  readonly why: string;
}

/**
 * In which order accounts are asked to take a torrent: who is known to have it, then those of whom nobody knows, then those who must
 * download it, each in the order of the configuration. Those that cannot take it now are left out.
 */
export function chooseAccounts(candidates: readonly Candidate[]): {
  readonly choices: readonly Choice[];
  /** Why the others are not asked, a sentence each. */
  readonly passedOver: readonly string[];
} {
  const judged = candidates.map((candidate) => ({ ...candidate, hindrance: hindranceOf(candidate) }));
  const able = judged.filter(({ hindrance }) => hindrance === null);
  const rank = ({ isCached }: Candidate): number => (isCached === true ? 0 : isCached === null ? 1 : 2);
  const choices = [...able]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ provider, isCached }) => ({ provider, why: reasonOf(isCached, able.length) }));
  return { choices, passedOver: judged.flatMap(({ hindrance }) => hindrance ?? []) };
}

function reasonOf(isCached: boolean | null, able: number): string {
  if (isCached === true) return 'it has this torrent already';
  if (able === 1) return 'no other account can take it';
  return isCached === null
    ? 'the first that can take it; no account is known to have it already'
    : 'no account is known to have it already';
}

function hindranceOf({ provider, isCached, state, refusal }: Candidate): string | null {
  const { account } = provider;
  if (state === null) return `${account}: ${refusal ?? 'it does not answer.'}`;
  if (state.condition !== 'ok' && state.condition !== 'unknown') return `${account}: ${state.detail}`;
  const slots = state.allowances.find(({ name }) => name === 'active torrents');
  if (slots?.left === 0 && isCached !== true)
    return `${account}: All of its ${slots.limit ?? ''} places for active torrents are taken.`;
  const traffic = state.allowances.find(({ name }) => name.startsWith('traffic of the free trial'));
  return traffic?.left === 0 ? `${account}: The traffic of its free trial is used up.` : null;
}
