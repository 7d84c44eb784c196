import { readForm } from '../form.js';
import { baseName } from '../known-torrents.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { Route } from '../router.js';
import { refused, success } from './replies.js';
import type { AllDebridParts } from './routes.js';
import type { Account, KeptLink } from './state.js';

/** How long a link stays in the history (AllDebrid API documentation, read 2026-11). */
const historyLifetimeMs = 3 * 24 * 60 * 60 * 1000;

/** The links that an account keeps. */
export function keptLinkRoutes(parts: AllDebridParts): readonly Route<Account>[] {
  const { clock } = parts.context;
  const isRecent = ({ keptMs }: KeptLink): boolean => clock.now() - keptMs < historyLifetimeMs;
  return [
    { method: '*', path: /^\/user\/links$/, serve: (account) => kept(parts, account.saved) },
    {
      method: '*',
      path: /^\/user\/history$/,
      serve: (account) => kept(parts, account.history.filter(isRecent)),
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
        return success({ message: 'Links were successfully deleted' });
      },
    },
  ];
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
      host: new URL(url).hostname.replace(/^www\./, '').split('.')[0],
    };
  });
  return success({ links: told });
}
