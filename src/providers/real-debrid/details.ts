/** The files of one torrent at Real-Debrid: which link is which file. */
import type { ItemDetails, ItemFile } from '../../core/torrent.js';
import { AppError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { AccountApi } from '../account-api.js';
import { asObject, asSize, asText, type JsonObject } from '../decode.js';
import { cutLink } from './link.js';
import { isStreamable, readFiles, readLinks, type TorrentFile } from './torrent.js';

/**
 * One torrent's details: one request, and a second where its files are packed. `files` is null where the service
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
 * (observed). One link for several files, or for one that cannot be streamed, is an archive where its name says so;
 * else the other links were lost.
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
  const [link] = links;
  const mayBePacked = selected.length > 1 || (only !== undefined && !isStreamable(only.file?.path ?? ''));
  let isMatched = selected.length === links.length && selected.length > 0;
  if (link !== undefined && links.length === 1 && mayBePacked) {
    const told = await checkLink(api, link, signal);
    if (told === null) return null;
    isMatched = selected.length === 1 && told.size === only?.file?.size;
    if (!isMatched && told.isArchive)
      return [{ path: `${name}.rar`, pathTold: false, size: told.size, ref: link, packed: true }];
  }
  if (isMatched) return withLinks(itemId, files, links, logger);
  logger.warn(
    { itemId, selected: selected.length, links: links.length },
    'the links of a torrent do not match its selected files; it is asked for again later',
  );
  return null;
}

function withLinks(
  itemId: string,
  files: readonly TorrentFile[],
  links: readonly string[],
  logger: Logger,
): readonly ItemFile[] {
  const remaining = links.values();
  const matched: ItemFile[] = [];
  for (const { file, selected } of files) {
    const ref = selected ? (remaining.next().value ?? null) : null;
    if (file !== null) matched.push({ ...file, ref });
  }
  if (matched.length < files.length) {
    logger.warn(
      { itemId, files: files.length - matched.length },
      'some files of a torrent could not be understood',
    );
  }
  return matched;
}

/** What is behind a link, by the free check, which makes no download; null where the size is not known yet. */
async function checkLink(
  api: AccountApi,
  link: string,
  signal: AbortSignal,
): Promise<{ readonly size: number; readonly isArchive: boolean } | null> {
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
    const isArchive = /\.rar$/i.test(asText(checked?.['filename']) ?? '');
    return size === null || size === 0 ? null : { size, isArchive };
  } catch (thrown) {
    const isAboutTheLink =
      thrown instanceof AppError &&
      ['content-gone', 'link-dead', 'item-gone', 'service-down', 'bad-answer'].includes(thrown.code);
    if (isAboutTheLink) return null;
    throw thrown;
  }
}
