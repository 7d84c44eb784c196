import { readForm } from '../form.js';
import { baseName } from '../known-torrents.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { Route } from '../router.js';
import { errorBody, refused, success } from './replies.js';
import type { AllDebridParts } from './routes.js';
import type { Account, Served } from './state.js';

/** The endpoints for links. All leave the account as it is. */
export function linkRoutes(parts: AllDebridParts): readonly Route<Account>[] {
  return [
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
    const { id, told } = handOut(parts, account, request, served);
    const facts = { host: host.split('.')[0], hostDomain: host, streams: [], path: '', max_chunks: 16 };
    return success({ ...told, ...facts, paws: false, id });
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
  return success(handOut(parts, account, request, served).told);
}

/** A download as it is told: by its link, or by the number under which it can be asked for once it is made. */
function handOut(
  { context, knobs, downloads, delayed }: AllDebridParts,
  account: Account,
  request: ReceivedRequest,
  served: Served,
): { readonly id: string; readonly told: object } {
  const download = downloads.make(account, served, request.clientIp);
  const { id, url } = download;
  const facts = { filename: served.name, filesize: served.source.size };
  if (knobs.delayedSeconds === null) return { id, told: { link: url, ...facts } };
  const delayedId = 2_000_001 + delayed.size;
  delayed.set(delayedId, { download, readyMs: context.clock.now() + knobs.delayedSeconds * 1000 });
  return { id, told: { ...facts, delayed: delayedId } };
}
