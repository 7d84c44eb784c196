import type { LinkKind, LinkRules } from './own-link-list.js';

/** Sites of one kind, by their domains; a name below one belongs to it. */
export interface Hosts {
  readonly kind: LinkKind;
  readonly domains: readonly string[];
}

/** What a service takes, told by domains alone: its expressions are not run, since one may take for ever. */
export function hostRules(hosts: readonly Hosts[]): LinkRules {
  const kinds = new Map<string, LinkKind>();
  for (const { kind, domains } of hosts)
    for (const domain of domains) if (!kinds.has(domain.toLowerCase())) kinds.set(domain.toLowerCase(), kind);
  return {
    kindOf: (url) => {
      const { hostname, protocol } = URL.canParse(url) ? new URL(url) : { hostname: '', protocol: '' };
      if (protocol !== 'http:' && protocol !== 'https:') return null;
      const labels = hostname.toLowerCase().split('.');
      for (const from of labels.keys()) {
        const kind = kinds.get(labels.slice(from).join('.'));
        if (kind !== undefined) return kind;
      }
      return null;
    },
  };
}
