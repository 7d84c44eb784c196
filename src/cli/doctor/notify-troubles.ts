import type { NotifyConfig } from '../../config/config.js';
import { printable } from '../../config/problems.js';
import type { AppError } from '../../core/errors.js';
import { fail, type Finding } from './check.js';

type Kind = NotifyConfig['kind'];

const refusals: Readonly<Partial<Record<Kind, string>>> = {
  plex: 'Correct `token` of this target: the X-Plex-Token of the owner of the server.',
  jellyfin: 'Make an API key there (Dashboard → API Keys), and give it as `token` of this target.',
  emby: 'Make an API key there (Settings → API Keys), and give it as `token` of this target.',
  kodi: 'Put those of its web server (Settings → Services → Control) into `url`: http://USER:PASSWORD@HOST:8080',
};

/** How it is called where it says that nobody has got there. */
const isThere: Readonly<Partial<Record<Kind, string>>> = {
  kodi: 'See whether it runs, whether it lets itself be controlled by HTTP (Settings → Services → Control), and whether `url` has its address and port.',
};

/** Why a target could not be told, and what to do. */
export function judgeTrouble({ kind, url }: Pick<NotifyConfig, 'kind' | 'url'>, error: AppError): Finding {
  const path = url === null ? '' : new URL(url.reveal()).pathname.replace(/\/+$/, '');
  switch (error.code) {
    case 'token-rejected':
      return fail(
        `refuses ${kind === 'kodi' ? 'the user name and password' : 'the token'}`,
        refusals[kind] ?? 'Correct `token` of this target.',
      );
    case 'timeout':
      return fail('does not answer', 'See whether it runs and is awake, and whether `url` leads to it.');
    case 'network':
      return judgeNetwork(kind, String(error.context['cause']));
    case 'bad-answer':
      return judgeAnswer(kind, path, error);
    default:
      return fail(error.message, '');
  }
}

/** @param cause the code of an error of the system or of Node. */
function judgeNetwork(kind: Kind, cause: string): Finding {
  if (/^(?:ENOTFOUND|EAI_AGAIN)$/.test(cause))
    return fail(
      `has a name that nobody here knows (${cause})`,
      'Correct `url`. Between containers it is the name of the other one, in a network that both are in.',
    );
  if (/CERT|LEAF_SIGNATURE/.test(cause))
    return fail(
      `has a certificate that does not hold for this address (${cause})`,
      'Put the name that the certificate is for into `url`, or begin it with http:// where that stays in your own network.',
    );
  if (/^(?:ERR_SSL|EPROTO|HPE_|UND_ERR_SOCKET|ECONNRESET)/.test(cause))
    return fail(
      `hangs up (${cause})`,
      'See whether `url` has to begin with https:// instead of http://, or the other way round.',
    );
  return fail(
    `cannot be reached (${cause})`,
    isThere[kind] ??
      'See whether it runs, and whether `url` has its address and port: in a container, localhost is that container.',
  );
}

function judgeAnswer(kind: Kind, path: string, { context }: AppError): Finding {
  const { status, location } = context;
  if (typeof status !== 'number')
    return fail(
      `does not answer as ${kind} does`,
      'See in a browser whether `url` leads to it, and not to a page before it or to another program.',
    );
  if (status >= 300 && status < 400)
    return fail(
      `leads elsewhere (${status})${typeof location === 'string' ? `: to ${printable(location)}` : ''}`,
      'Where that is its own address, make it `url`, without what its web page adds. A login before it has to let debridfs through.',
    );
  if (status === 404)
    return fail(
      'has nothing at this address (404)',
      path === ''
        ? `See whether \`url\` needs a path, such as /${kind}, and whether that is ${kind} at all.`
        : `See whether ${printable(path)} belongs into \`url\`: without a proxy before it, most servers have no path.`,
    );
  if (status >= 500)
    return fail(`has trouble of its own (${status})`, 'See its log, or wait until it has started.');
  return fail(
    `does not take this request (${status})`,
    `See whether \`url\` leads to ${kind}, and whether it has to begin with https://.`,
  );
}
