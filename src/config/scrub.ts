import type { Config } from './config.js';
import type { Secret } from './secret.js';

/** Shorter secrets are words that may stand anywhere; taking them out would hide the text around them. */
const minLength = 6;

/** What names a key in the query of a URL: TorBox's `token`, AllDebrid's `apikey`, Real-Debrid's `auth_token`. */
const queryKey = /([?&](?:auth_token|access_token|token|api_?key|password|pin|auth)=)[^&\s"'<>\\]+/gi;

/**
 * Takes secrets out of texts, whatever way they came in: the last net under logs and answers. Knows each secret as it
 * is, as JSON writes it and as a URL writes it, and the usual keys in URLs.
 */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      .filter((secret) => secret.length >= minLength)
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  // A secret that holds another goes first, so that nothing of it stays.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const form of ordered) if (clean.includes(form)) clean = clean.replaceAll(form, '***');
    return clean.replace(queryKey, '$1***');
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
  const plain = wrapped.flatMap((secret) => secret?.reveal() ?? []);
  return [...plain, ...config.accounts.flatMap(({ proxy }) => passwordOf(proxy))];
}

/** The password in a URL, as it is written there and as it is meant. */
function passwordOf(url: Secret | null): string[] {
  const password = url === null ? '' : new URL(url.reveal()).password;
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
