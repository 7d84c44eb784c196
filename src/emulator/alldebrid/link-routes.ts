import { readForm } from '../form.js';
import { baseName } from '../known-torrents.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { Route } from '../router.js';
import { errorBody, refused, success } from './replies.js';
import type { AllDebridParts } from './routes.js';
import type { Account, KeptLink, Served } from './state.js';

/** What is known of hosts. Answered without a key (AllDebrid API documentation, read 2026-11). */
export function hostRoutes({ context: { links } }: AllDebridParts): readonly Route<null>[] {
  const streamDomains = (): readonly string[] => links.streamDomains();
  const hostDomains = (): readonly string[] =>
    links.domainsOf('alldebrid').filter((domain) => !streamDomains().includes(domain));
  return [
    {
      method: '*',
      path: /^\/hosts$/,
      serve: () =>
        success({
          hosts: described(hostDomains()),
          streams: described(streamDomains()),
          redirectors: described(links.bundleDomains('redirector')),
        }),
    },
    {
      method: '*',
      path: /^\/hosts\/domains$/,
      serve: () =>
        success({
          hosts: hostDomains(),
          streams: streamDomains(),
          redirectors: links.bundleDomains('redirector'),
        }),
    },
  ];
}

/** The endpoints for links. All leave the account as it is. */
export function linkRoutes(parts: AllDebridParts): readonly Route<Account>[] {
  const { context, knobs } = parts;
  return [
    {
      method: '*',
      path: /^\/user\/hosts$/,
      serve: () => {
        const hosts = Object.entries(described(context.links.domainsOf('alldebrid'))).map(([name, host]) => {
          const limit = knobs.limitedHosts[name];
          const quota =
            limit === undefined
              ? {}
              : { quota: limit.leftMegabytes, quotaMax: limit.dailyMegabytes, quotaType: 'traffic' };
          return [name, { ...host, ...quota }] as const;
        });
        return success({ hosts: Object.fromEntries(hosts) });
      },
    },
    { method: '*', path: /^\/user\/links$/, serve: (account) => kept(parts, account.saved) },
    { method: '*', path: /^\/user\/history$/, serve: (account) => kept(parts, account.history) },
    { method: '*', path: /^\/link\/infos$/, serve: (_account, request) => infos(parts, request) },
    { method: '*', path: /^\/link\/redirector$/, serve: (_account, request) => redirector(parts, request) },
    { method: '*', path: /^\/link\/unlock$/, serve: (account, request) => unlock(parts, account, request) },
    {
      method: '*',
      path: /^\/link\/streaming$/,
      serve: (account, request) => stream(parts, account, request),
    },
  ];
}

/** The endpoints that change what an account keeps. */
export function savedLinkRoutes({ context }: AllDebridParts): readonly Route<Account>[] {
  const given = (request: ReceivedRequest): readonly string[] => {
    const links = readForm(request).list('links');
    if (links.length === 0) throw refused('USER_LINK_MISSING');
    return links;
  };
  return [
    {
      method: '*',
      path: /^\/user\/links\/save$/,
      serve: (account, request) => {
        const added = given(request).map((url) => ({ url, keptMs: context.clock.now() }));
        account.saved = [...account.saved, ...added];
        return success({ message: 'Link was successfully saved' });
      },
    },
    {
      method: '*',
      path: /^\/user\/links\/delete$/,
      serve: (account, request) => {
        const gone = given(request);
        account.saved = account.saved.filter(({ url }) => !gone.includes(url));
        return success({ message: 'Link was successfully deleted' });
      },
    },
    {
      method: '*',
      path: /^\/user\/history\/delete$/,
      serve: (account) => {
        account.history = [];
        return success({ message: 'Links history was successfully purged' });
      },
    },
  ];
}

function described(domains: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    domains.map((domain) => {
      const name = domain.split('.')[0] ?? domain;
      const regexp = `https?:\\/\\/(?:www\\.)?${domain.replaceAll('.', '\\.')}\\/[^?#]+`;
      return [name, { name, type: 'premium', domains: [domain], regexp, status: true }];
    }),
  );
}

/** Of what no free check tells the size, as of videos, the size is 0 and the name empty (documented by example). */
function kept({ context: { links }, knobs }: AllDebridParts, urls: readonly KeptLink[]): Reply {
  const told = urls.map(({ url, keptMs }) => {
    const link = links.link(url);
    const date = Math.floor(keptMs / 1000);
    if (link === undefined) return { link: url, filename: '', size: 0, date, host: 'error' };
    if (link.qualities.length > 0) return { link: url, filename: '', size: 0, date, host: 'stream' };
    const size = link.isSizeTold ? link.file.size : 0;
    return {
      link: url,
      filename: baseName(link.file.path),
      size: knobs.sizeAsString ? String(size) : size,
      date,
      host: new URL(url).hostname.split('.')[0],
    };
  });
  return success({ links: told });
}

function infos({ hosterLinks }: AllDebridParts, request: ReceivedRequest): Reply {
  const form = readForm(request);
  const links = form.list('link');
  if (links.length === 0) throw refused('LINK_IS_MISSING');
  const told = links.map((text) => {
    const behind = hosterLinks.behind(text, form.value('password'));
    if (behind.kind === 'refused') return { link: text, error: errorBody(behind.code) };
    const { isSizeTold } = behind;
    if (behind.kind === 'stream') {
      const { file } = behind.link;
      const size = isSizeTold ? file.size : 0;
      return { link: text, filename: baseName(file.path), size, host: 'stream', hostDomain: 'stream' };
    }
    const { served, host } = behind;
    const size = isSizeTold ? served.source.size : 0;
    return { link: text, filename: served.name, size, host: host.split('.')[0], hostDomain: host };
  });
  return success({ infos: told });
}

function redirector({ hosterLinks }: AllDebridParts, request: ReceivedRequest): Reply {
  const url = readForm(request).value('link');
  if (url === undefined) throw refused('LINK_IS_MISSING');
  const links = hosterLinks.open(url);
  if (links === null) throw refused('REDIRECTOR_NOT_SUPPORTED');
  if (links === undefined || links.length === 0) throw refused('REDIRECTOR_ERROR');
  return success({ links });
}

function unlock(parts: AllDebridParts, account: Account, request: ReceivedRequest): Reply {
  const { knobs, hosterLinks } = parts;
  const form = readForm(request);
  const text = form.value('link');
  if (text === undefined) throw refused('LINK_IS_MISSING');
  if (knobs.serverIp) throw refused('NO_SERVER');
  if (!account.premium) throw refused('MUST_BE_PREMIUM');
  const behind = hosterLinks.behind(text, form.value('password'));
  if (behind.kind === 'refused') throw refused(behind.code);
  if (behind.kind === 'file') {
    const { served, host } = behind;
    const facts = { host: host.split('.')[0], hostDomain: host, streams: [], path: '', max_chunks: 16 };
    return handOut(parts, account, request, served, { ...facts, paws: false });
  }
  const { link } = behind;
  const id = parts.magnets.newLinkId();
  parts.generations.set(id, link);
  const streams = link.qualities.map(({ quality, file }, index) => ({
    id: `${137 + index}+140`,
    ext: file.path.slice(file.path.lastIndexOf('.') + 1),
    quality: Number.isNaN(Number.parseInt(quality, 10)) ? quality : Number.parseInt(quality, 10),
    filesize: file.size,
    proto: 'https',
    name: '',
  }));
  // The best is not the first, so that nobody takes the first for the best.
  const filename = baseName(link.file.path);
  return success({ link: '', host: 'stream', filename, filesize: 0, id, streams: streams.toReversed() });
}

function stream(parts: AllDebridParts, account: Account, request: ReceivedRequest): Reply {
  const { context, generations } = parts;
  const form = readForm(request);
  const link = generations.get(form.value('id') ?? '');
  if (link === undefined) throw refused('STREAM_INVALID_GEN_ID');
  const index = Number(/^(\d+)\+140$/.exec(form.value('stream') ?? '')?.[1]) - 137;
  const file = link.qualities[index]?.file;
  if (file === undefined) throw refused('STREAM_INVALID_STREAM_ID');
  const served = { name: baseName(file.path), source: context.links.source(link, file), hash: null };
  return handOut(parts, account, request, served, {});
}

/** A link, or a delayed one. */
function handOut(
  { context, knobs, downloads, delayed }: AllDebridParts,
  account: Account,
  request: ReceivedRequest,
  served: Served,
  more: object,
): Reply {
  const download = downloads.make(account, served, request.clientIp);
  const facts = { ...more, filename: served.name, filesize: served.source.size, id: download.id };
  if (knobs.delayedSeconds === null) return success({ link: download.url, ...facts });
  const delayedId = 2_000_001 + delayed.size;
  delayed.set(delayedId, { download, readyMs: context.clock.now() + knobs.delayedSeconds * 1000 });
  return success({ ...facts, delayed: delayedId });
}
