/** Which links the portal takes: those of the hosts that it says work at present. */
import type { AccountApi } from '../account-api.js';
import { asFlag, asList, asObject, asText } from '../decode.js';
import { hostRules } from '../host-rules.js';
import type { LinkRules } from '../own-link-list.js';
import { readData } from './portal-link.js';

/**
 * Asks for the hosts, with all their domains: one request.
 * @throws {AppError} whatever the account is refused for.
 */
export async function readHosts(api: AccountApi, signal: AbortSignal): Promise<LinkRules> {
  const answer = await api.call({ purpose: 'list', method: 'GET', path: '/hosts/grouped', signal });
  const rows = asList(readData(api, answer)['supportedhosts']);
  if (rows === null) throw api.badAnswer('the hosts are no list');
  return hostRules([{ kind: 'file', domains: rows.flatMap(workingDomains) }]);
}

function workingDomains(row: unknown): string[] {
  const host = asObject(row);
  // Documented: what does not work is not to be offered.
  if (host === null || asFlag(host['currently_working']) !== true) return [];
  const told = [host['host'], ...(asList(host['domains']) ?? [])];
  return told.flatMap((domain) => {
    const text =
      asText(domain)
        ?.trim()
        .toLowerCase()
        .replace(/^www\./, '') ?? '';
    // `usenet` stands among the hosts too (documented); it has no links.
    return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(text) ? [text] : [];
  });
}
