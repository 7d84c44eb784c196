/** The files of one torrent at Real-Debrid: which link is which file. */
import type { ItemDetails, ItemFile } from '../../core/torrent.js';
import { AppError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { AccountApi } from '../account-api.js';
import { asObject, asSize, asText, type JsonObject } from '../decode.js';
import { cutLink } from './link.js';
import { isStreamable, readFiles, readLinks, type TorrentFile } from './torrent.js';

/** A torrent with more links than this, and not one for each file, is not worth the requests. */
const maxCheckedLinks = 500;

/**
 * One torrent's details: one request, and one more for each link where the links are not one for each file. `files` is null where the service
 * cannot tell yet which link is which file, as for some seconds after a torrent has ended.
 * @throws {AppError} whatever the item or the account is refused for; `bad-answer` for an answer not understood.
 */
export async function fetchDetails(
  api: AccountApi,
  itemId: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<ItemDetails> {
  const answer = await api.call({
    purpose: 'details',
    method: 'GET',
    path: `/torrents/info/${encodeURIComponent(itemId)}`,
    signal,
  });
  const torrent = asObject(answer.json);
  const files = torrent === null ? null : readFiles(torrent);
  const links = torrent === null ? null : readLinks(torrent);
  if (torrent === null || files === null || links === null) {
    throw api.badAnswer('the details of a torrent are incomplete');
  }
  const name = nameOf(torrent);
  return {
    id: itemId,
    name,
    files: await matchFiles(api, itemId, name, files, links, logger, signal),
  };
}

/** The torrent's own name: `filename` is that of a file where only one is selected (observed). */
function nameOf(torrent: JsonObject): string {
  const original = asText(torrent['original_filename']) ?? '';
  return original === '' ? (asText(torrent['filename']) ?? '') : original;
}

/**
 * Links belong to the selected files in their order, only when there are as many of the one as of the other
 * (observed). Else the free check tells of each link what is behind it: one archive of all files, where its name says
 * so, or the files whose links were not lost.
 */
async function matchFiles(
  api: AccountApi,
  itemId: string,
  name: string,
  files: readonly TorrentFile[],
  links: readonly string[],
  logger: Logger,
  signal: AbortSignal,
): Promise<readonly ItemFile[] | null> {
  const selected = files.filter((file) => file.selected);
  const [only] = selected;
  const mayBePacked = selected.length === 1 && !isStreamable(only?.file?.path ?? '');
  if (selected.length === links.length && selected.length > 0 && !mayBePacked) {
    return withRefs(itemId, files, new Map(selected.map((file, index) => [file, links[index]])), logger);
  }
  if (links.length === 0 || links.length > maxCheckedLinks) return null;
  const behind = await checkLinks(api, links, signal);
  if (behind === null) return null;
  const [first] = behind;
  if (first !== undefined && links.length === 1) {
    const isThatFile = selected.length === 1 && first.size === only?.file?.size;
    if (!isThatFile && first.isArchive)
      return [{ path: `${name}.rar`, pathTold: false, size: first.size, ref: first.link, packed: true }];
    if (isThatFile) return withRefs(itemId, files, new Map([[only, first.link]]), logger);
  }
  const refs = matchByCheck(selected, behind);
  logger.warn(
    { itemId, selected: selected.length, links: links.length, matched: refs.size },
    'the links of a torrent do not match its selected files; those are left out whose links are not known',
  );
  return refs.size === 0 ? null : withRefs(itemId, files, refs, logger);
}

/** @param refs links of the files that have one. */
function withRefs(
  itemId: string,
  files: readonly TorrentFile[],
  refs: ReadonlyMap<TorrentFile, string | undefined>,
  logger: Logger,
): readonly ItemFile[] {
  const matched = files.flatMap((told) =>
    told.file === null ? [] : [{ ...told.file, ref: refs.get(told) ?? null }],
  );
  if (matched.length < files.length) {
    logger.warn(
      { itemId, files: files.length - matched.length },
      'some files of a torrent could not be understood',
    );
  }
  return matched;
}

/** The links of files that are told by their names and sizes; files that these do not tell apart get none. */
function matchByCheck(
  selected: readonly TorrentFile[],
  behind: readonly CheckedLink[],
): ReadonlyMap<TorrentFile, string> {
  const refs = new Map<TorrentFile, string>();
  for (const { link, name, size } of behind) {
    const [same, ...others] = selected.filter(
      ({ file }) => file?.size === size && baseName(file.path) === name,
    );
    if (same !== undefined && others.length === 0) refs.set(same, link);
  }
  return refs;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What is behind a restricted link. */
interface CheckedLink {
  readonly link: string;
  readonly name: string;
  readonly size: number;
  readonly isArchive: boolean;
}

/** What is behind each link that is not dead; null where that is not known of all of them yet. */
async function checkLinks(
  api: AccountApi,
  links: readonly string[],
  signal: AbortSignal,
): Promise<readonly CheckedLink[] | null> {
  const behind: CheckedLink[] = [];
  for (const link of links) {
    const checked = await checkLink(api, link, signal);
    if (checked === null) return null;
    if (checked !== 'dead') behind.push(checked);
  }
  return behind;
}

/** What is behind a link, by the free check, which makes no download; null where that is not known yet. */
async function checkLink(
  api: AccountApi,
  link: string,
  signal: AbortSignal,
): Promise<CheckedLink | 'dead' | null> {
  try {
    const answer = await api.call({
      purpose: 'details',
      method: 'POST',
      path: '/unrestrict/check',
      form: [['link', cutLink(link)]],
      signal,
    });
    const checked = asObject(answer.json);
    const size = asSize(checked?.['filesize']);
    const name = asText(checked?.['filename']) ?? '';
    return size === null || size === 0 ? null : { link, name, size, isArchive: /\.rar$/i.test(name) };
  } catch (thrown) {
    const code = thrown instanceof AppError ? thrown.code : null;
    if (code === 'content-gone' || code === 'link-dead' || code === 'item-gone') return 'dead';
    if (code === 'service-down' || code === 'bad-answer') return null;
    throw thrown;
  }
}
