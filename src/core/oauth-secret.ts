/** What a login by OAuth leaves behind: enough to get tokens until the user takes the permission back. */
export interface OAuthSecret {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly accessToken: string;
  /** End of the access token, wall clock milliseconds. */
  readonly expiresMs: number;
}

/** Marks the form, so that another can be told from it. */
const form = 'oauth-1';

/** As it is kept: one line of JSON, which no bare key looks like. */
export function encodeOAuthSecret(secret: OAuthSecret): string {
  const { clientId, clientSecret, refreshToken, accessToken, expiresMs } = secret;
  return JSON.stringify({ form, clientId, clientSecret, refreshToken, accessToken, expiresMs });
}

/** Null where a text is no such secret, such as a bare key. */
export function decodeOAuthSecret(text: string): OAuthSecret | null {
  if (!looksLikeDocument(text)) return null;
  try {
    const read = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const { clientId, clientSecret, refreshToken, accessToken, expiresMs } = read;
    if (read['form'] !== form || typeof expiresMs !== 'number') return null;
    if (!isToken(clientId) || !isToken(clientSecret) || !isToken(refreshToken) || !isToken(accessToken))
      return null;
    return { clientId, clientSecret, refreshToken, accessToken, expiresMs };
  } catch {
    return null;
  }
}

/** Whether a kept text is meant as a document and not as a key: no service's keys begin so. */
export function looksLikeDocument(text: string): boolean {
  return text.startsWith('{');
}

/**
 * Everything in a kept text that must not be shown; the text itself where it is a bare key. A document is not one more secret: texts that
 * begin with a brace make looking for them twenty times as slow (measured, 8 of them).
 */
export function secretsIn(text: string): readonly string[] {
  const secret = decodeOAuthSecret(text);
  if (secret === null) return [text];
  return [secret.clientSecret, secret.refreshToken, secret.accessToken];
}

/** A text that may stand in a header or a form as it is: what no service would give is no token. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,4096}$/.test(value);
}
