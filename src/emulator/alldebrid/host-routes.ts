import { readForm } from '../form.js';
import type { Route } from '../router.js';
import { success } from './replies.js';
import type { AllDebridParts } from './routes.js';
import type { Account } from './state.js';

/** What is known of hosts. Answered without a key (AllDebrid API documentation, read 2026-11). */
export function hostRoutes(parts: AllDebridParts): readonly Route<null>[] {
  const { links } = parts.context;
  const domains = (): Record<'hosts' | 'streams' | 'redirectors', readonly string[]> => ({
    hosts: fileHosts(parts),
    streams: links.streamDomains('alldebrid'),
    redirectors: links.bundleDomains('redirector'),
  });
  return [
    {
      method: '*',
      path: /^\/hosts$/,
      serve: (_none, request) => {
        const told = domains();
        const hosts = described(told.hosts, 'premium', { status: true });
        if (readForm(request).value('hostsOnly') !== undefined) return success({ hosts });
        const streams = described(told.streams, 'free');
        return success({ hosts, streams, redirectors: described(told.redirectors, 'premium') });
      },
    },
    { method: '*', path: /^\/hosts\/domains$/, serve: () => success(domains()) },
  ];
}

/** Hosts with what an account may still take of them: video sites and redirectors are not told (documented since 2025-01). */
export function ownHostRoutes(parts: AllDebridParts): readonly Route<Account>[] {
  return [
    {
      method: '*',
      path: /^\/user\/hosts$/,
      serve: () => {
        const { limitedHosters } = parts.knobs;
        const hosts = Object.entries(described(fileHosts(parts), 'premium', { status: true }));
        const limited = hosts.map(([name, host]) => {
          const limit = limitedHosters[name];
          if (limit === undefined) return [name, host] as const;
          const { leftMegabytes: quota, dailyMegabytes: quotaMax } = limit;
          return [name, { ...host, quota, quotaMax, quotaType: 'traffic' }] as const;
        });
        return success({ hosts: Object.fromEntries(limited) });
      },
    },
  ];
}

function fileHosts({ context: { links } }: AllDebridParts): readonly string[] {
  const streams = links.streamDomains('alldebrid');
  return links.domainsOf('alldebrid').filter((domain) => !streams.includes(domain));
}

/** By name, which is the domain without what follows its first dot. */
function described(
  domains: readonly string[],
  type: 'premium' | 'free',
  more: object = {},
): Record<string, object> {
  return Object.fromEntries(
    domains.map((domain) => {
      const name = domain.split('.')[0] ?? domain;
      const regexp = `https?:\\/\\/(?:www\\.)?${domain.replaceAll('.', '\\.')}\\/[^?#]+`;
      return [name, { name, type, domains: [domain], regexp, ...more }];
    }),
  );
}
