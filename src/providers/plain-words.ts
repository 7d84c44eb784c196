import { formsOf } from '../core/secret-forms.js';

/** A service's words for people and logs: no markup, nothing that a terminal obeys, no secret, at most 200 characters. */
export function plainWords(words: string, secret: string | null): string {
  let clean = words;
  // Before anything is cut off, so that no half of it is left.
  for (const form of secret === null ? [] : formsOf(secret)) clean = clean.replaceAll(form, '…');
  const text = clean.slice(0, 2_000).replace(/<[^>]*>|[\p{Cc}\p{Cf}]/gu, ' ');
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}
