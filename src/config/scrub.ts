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
  readonly learn: (secrets: readonly string[]) => void;
}

/** So many secrets are known at a time: those of the start, and the newest. A token that is renewed each day makes 365 in a year. */
const maxLearnt = 200;

/** @param secrets those known at the start, which are never forgotten. */
export function createLearningScrubber(secrets: readonly string[]): LearningScrubber {
  let learnt: readonly string[] = [];
  let current = createScrubber(secrets);
  return {
    scrub: (text) => current(text),
    learn: (more) => {
      const unknown = more.filter((secret) => !learnt.includes(secret) && !secrets.includes(secret));
      if (unknown.length === 0) return;
      learnt = [...learnt, ...unknown].slice(-maxLearnt);
      current = createScrubber([...secrets, ...learnt]);
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
