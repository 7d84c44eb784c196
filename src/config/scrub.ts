import { secretsIn } from '../core/oauth-secret.js';
import { formsOf } from '../core/secret-forms.js';
import type { Config } from './config.js';
import type { Secret } from './secret.js';

/** Shorter secrets are words that may stand anywhere; taking them out would hide the text around them. */
const minLength = 6;

/** What names a key in the query of a URL: TorBox's `token`, AllDebrid's `apikey`, Real-Debrid's `auth_token`. */
const queryKey = /([?&](?:auth_token|access_token|token|api_?key|password|pin|auth)=)[^&\s"'<>\\]+/gi;

/**
 * Takes secrets out of texts, whatever way they came in: the last net under logs and answers. Knows each secret in all
 * its forms, in capitals or not, and the usual keys in URLs.
 */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.filter((secret) => secret.length >= minLength).flatMap(formsOf);
  // A secret that holds another goes first, so that nothing of it stays.
  const ordered = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const anyForm = ordered.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|');
  const known = anyForm === '' ? null : new RegExp(anyForm, 'gi');
  return (text) => (known === null ? text : text.replace(known, '***')).replace(queryKey, '$1***');
}

/** A scrubber that learns secrets while it runs, such as tokens that were renewed. */
export interface LearningScrubber {
  readonly scrub: (text: string) => string;
  /** @param account whose they are. */
  readonly learn: (secrets: readonly string[], account: string) => void;
}

/** So many are known of an account besides those of the start, the newest: a token that is renewed each day makes 365 in a year. */
const maxLearnt = 8;

/** @param secrets those known at the start, which are never forgotten. */
export function createLearningScrubber(secrets: readonly string[]): LearningScrubber {
  const learnt = new Map<string, readonly string[]>();
  let current = createScrubber(secrets);
  return {
    scrub: (text) => current(text),
    learn: (told, account) => {
      const known = learnt.get(account) ?? [];
      const more = told.filter((secret) => !secrets.includes(secret));
      // What is told again is new again: a login's own secrets stay, its tokens come and go.
      learnt.set(account, [...known.filter((secret) => !more.includes(secret)), ...more].slice(-maxLearnt));
      if (more.every((secret) => known.includes(secret))) return;
      current = createScrubber([...secrets, ...[...learnt.values()].flat()]);
    },
  };
}

/** Every secret of a configuration. */
export function secretsOf(config: Config): string[] {
  const wrapped = [
    ...config.accounts.map(({ token }) => token),
    config.identify.nekobt.apiKey,
    config.server.password,
    ...config.notify.flatMap(({ url, token }) => [url, token]),
  ];
  const plain = wrapped.flatMap((secret) => (secret === null ? [] : secretsIn(secret.reveal())));
  return [...plain, ...config.accounts.flatMap(({ proxy }) => passwordOf(proxy))];
}

/** The password in a URL, as it is written there and as it is meant. */
export function passwordOf(url: Secret | null): string[] {
  const password = url === null ? '' : new URL(url.reveal()).password;
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
