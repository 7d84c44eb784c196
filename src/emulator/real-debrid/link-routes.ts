import { readForm } from '../form.js';
import { baseName } from '../known-torrents.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { Route } from '../router.js';
import type { WorldFile, WorldLink } from '../world.js';
import { jsonDate } from './paris-time.js';
import type { RealDebridParts } from './read-routes.js';
import { json, missing, refused } from './replies.js';
import { checkedLink, unrestrictedLink } from './shapes.js';
import type { Account, ServedLink } from './state.js';

/** The first line of what stands here for a container file; links follow, one a line. */
const containerMark = 'DLC';

/** The endpoints for links that need a token. */
export function linkRoutes(parts: RealDebridParts): readonly Route<Account>[] {
  const { context } = parts;
  return [
    {
      method: 'POST',
      path: /^\/unrestrict\/link$/,
      serve: (account, request) => unrestrict(parts, account, request),
    },
    {
      method: 'POST',
      path: /^\/unrestrict\/folder$/,
      serve: (_account, request) => {
        const bundle = context.links.bundle(given(request));
        return json(bundle?.kind === 'folder' ? bundle.links : []);
      },
    },
    {
      method: 'POST',
      path: /^\/unrestrict\/containerLink$/,
      serve: (account, request) => {
        checkPremium(account);
        const bundle = context.links.bundle(given(request));
        if (bundle?.kind !== 'container') throw refused(503, 25, 'service_unavailable');
        return json(bundle.links);
      },
    },
    {
      method: 'PUT',
      path: /^\/unrestrict\/containerFile$/,
      serve: (account, request) => {
        checkPremium(account);
        const [mark, ...links] = request.body.toString('utf8').trim().split('\n');
        if (mark !== containerMark) throw refused(400, 28, 'file_not_allowed');
        return json(links);
      },
    },
    { method: 'GET', path: /^\/hosts\/status$/, serve: () => json(status(parts)) },
  ];
}

/** The endpoints that need no token (documented); null for every other. */
export function serveOpenly(parts: RealDebridParts, path: string, request: ReceivedRequest): Reply | null {
  const domains = parts.context.links.domainsOf('real-debrid');
  const folders = parts.context.links.bundleDomains('folder');
  switch (path) {
    case '/unrestrict/check':
      return checkLink(parts, request);
    case '/hosts':
      return json(Object.fromEntries(domains.map((id) => [id, { id, name: id, image: '', image_big: '' }])));
    case '/hosts/domains':
      return json(domains);
    case '/hosts/regex':
      return json(domains.map((domain) => expression(domain, '[^?#]+')));
    case '/hosts/regexFolder':
      return json(folders.map((domain) => expression(domain, 'folder\\/[^?#]+')));
    default:
      return null;
  }
}

/** With delimiters and escaped slashes, as PHP writes them. */
function expression(domain: string, rest: string): string {
  return `/(http|https):\\/\\/(\\w+\\.)?${domain.replaceAll('.', '\\.')}\\/${rest}/`;
}

/** No competitor is known here. */
function status({ context: { links, clock } }: RealDebridParts): object {
  const state = { supported: 1, status: 'up', check_time: jsonDate(clock.now()), competitors_status: {} };
  return Object.fromEntries(
    links.domainsOf('real-debrid').map((id) => [id, { id, name: id, image: '', ...state }]),
  );
}

/** Only containers are documented to need it. */
function checkPremium(account: Account): void {
  if (!account.premium) throw refused(403, 9, 'permission_denied');
}

function given(request: ReceivedRequest): string {
  const link = readForm(request).value('link');
  if (link === undefined) throw missing('link');
  return link;
}

function unrestrict(parts: RealDebridParts, account: Account, request: ReceivedRequest): Reply {
  const { context, knobs, library, downloads } = parts;
  const text = given(request);
  if (!account.premium) throw refused(403, 20, 'hoster_not_free');
  if (knobs.blockedIps.includes(request.clientIp)) {
    throw refused(403, 22, `ip_not_allowed_${request.clientIp}`);
  }
  const isOwn = /^https?:\/\/real-debrid\.com\/d\//.test(text);
  if (!isOwn) return unrestrictAtHoster(parts, account, text, readForm(request).value('password'));
  const link = library.link(text);
  const isFull = /\/d\/[A-Z0-9]{14,}/.test(text);
  if (link === undefined || (isFull && link.owner !== account)) throw refused(503, 24, 'unavailable_file');
  if (link.infringing) throw refused(451, 35, 'infringing_file');
  if (context.clock.now() - link.bornMs > knobs.linkLifetimeMs) throw refused(503, 19, 'hoster_unavailable');
  if (context.torrents.isEvicted('real-debrid', link.hash)) throw refused(503, 24, 'unavailable_file');
  if (downloads.isOverQuota(account)) throw refused(503, 36, 'fair_usage_limit');
  return json(unrestrictedLink(downloads.make(account, link)));
}

/** A file, or a video with `alternative` ones: the second best comes first, so that nobody takes the first for the best. */
function unrestrictAtHoster(
  parts: RealDebridParts,
  account: Account,
  url: string,
  password: string | undefined,
): Reply {
  const { downloads } = parts;
  const link = linkAt(parts, url, password);
  if (downloads.isOverQuota(account)) throw refused(503, 36, 'fair_usage_limit');
  if (link.qualities.length === 0)
    return json(unrestrictedLink(downloads.make(account, served(parts, link, link.file))));
  const [best, ...lesser] = link.qualities.map(({ quality, file }) => ({
    ...served(parts, link, file),
    quality,
  }));
  const [second, ...rest] = lesser;
  const [first, ...others] = [second, best, ...rest].flatMap((one) =>
    one === undefined ? [] : [downloads.make(account, one)],
  );
  if (first === undefined) throw refused(503, 24, 'unavailable_file');
  return json({
    ...unrestrictedLink(first),
    type: first.link.quality,
    alternative: others.map(({ code, url: download, link: { fileName, quality } }) => {
      return { id: code, filename: fileName, download, type: quality };
    }),
  });
}

/** Tells of a link without making one. */
function checkLink(parts: RealDebridParts, request: ReceivedRequest): Reply {
  const { context, library } = parts;
  const text = given(request);
  if (!/^https?:\/\/real-debrid\.com\/d\//.test(text)) {
    const link = linkAt(parts, text, readForm(request).value('password'));
    return json(checkedLink(served(parts, link, link.file), text, link.isSizeTold));
  }
  const link = library.link(text);
  if (link === undefined || context.torrents.isEvicted('real-debrid', link.hash)) {
    throw refused(503, 24, 'unavailable_file');
  }
  return json(checkedLink(link, text));
}

/** The codes are documented, the name of 16 is observed in public clients; the HTTP statuses, and what a password gets, are a choice. */
function linkAt({ context }: RealDebridParts, url: string, password: string | undefined): WorldLink {
  if (!context.links.isTaken('real-debrid', url)) throw refused(503, 16, 'hoster_unsupported');
  const link = context.links.link(url);
  if (link === undefined) throw refused(503, 24, 'unavailable_file');
  if (link.password !== null && link.password !== password) throw refused(403, 9, 'permission_denied');
  return link;
}

/** What a row of the downloads stands for that came by other means: of a video, the best quality. */
export function heldLink(parts: RealDebridParts, url: string): ServedLink {
  const link = parts.context.links.link(url);
  if (link === undefined) throw new Error(`There is no hoster link ${url} in the world.`);
  const quality = link.qualities[0]?.quality;
  return { ...served(parts, link, link.file), ...(quality === undefined ? {} : { quality }) };
}

function served({ context }: RealDebridParts, link: WorldLink, file: WorldFile): ServedLink {
  const source = context.links.source(link, file);
  return { text: link.url, fileName: baseName(file.path), source, hash: null };
}
