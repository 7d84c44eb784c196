/** What Real-Debrid can tell of hoster links, without making any: whose it takes, and what is behind them. */
import { AppError } from '../../core/errors.js';
import { containerNames, type OwnLink } from '../../core/own-links.js';
import type { ItemFile } from '../../core/torrent.js';
import type { AccountApi, ApiCall } from '../account-api.js';
import { asList, asObject, asSize, asText, asUrl } from '../decode.js';
import { hostRules } from '../host-rules.js';
import type { LinkKind, LinkRules, LinkTeller } from '../own-link-list.js';

/** A folder or container with more links than that is not worth the requests. */
const maxLinks = 500;

/** Asks for one account. */
export class HosterLinks implements LinkTeller {
  readonly #api: AccountApi;

  constructor(api: AccountApi) {
    this.#api = api;
  }

  async rules(signal: AbortSignal): Promise<LinkRules> {
    const answer = await this.#api.call({ purpose: 'list', method: 'GET', path: '/hosts/domains', signal });
    const domains = asList(answer.json)
      ?.map(asText)
      .filter((domain) => domain !== null);
    if (domains === undefined) throw this.#api.badAnswer('the list of hosts is no list');
    const files = hostRules([{ kind: 'file', domains }]);
    return {
      kindOf: (url) =>
        URL.canParse(url) && containerNames.test(new URL(url).pathname) ? 'container' : files.kindOf(url),
    };
  }

  filesTold({ url, name, size }: OwnLink, kind: LinkKind): readonly ItemFile[] | null {
    return kind === 'container' || name === null || size === null ? null : [fileOf(url, name, size)];
  }

  /** One file, those of a folder, or those that a container names. What cannot be told for free is left out. */
  async filesOf(link: OwnLink, kind: LinkKind, signal: AbortSignal): Promise<readonly ItemFile[] | null> {
    if (kind === 'container') return this.#filesOfAll(await this.#contained(link, signal), link, signal);
    const file = await this.fileOf(link, link.url, signal).catch((thrown: unknown) => orNull(thrown));
    if (file !== null) return [file];
    const inFolder = await this.#links('/unrestrict/folder', [['link', link.url]], signal);
    return inFolder.length === 0 ? null : this.#filesOfAll(inFolder, link, signal);
  }

  /**
   * The file behind a link, by the free check; null where its name or size is not known.
   * @param line the user's, which may tell them, and the password.
   */
  async fileOf(
    line: Pick<OwnLink, 'name' | 'size' | 'password'>,
    url: string,
    signal: AbortSignal,
  ): Promise<ItemFile | null> {
    const { password } = line;
    const answer = await this.#api.call({
      purpose: 'details',
      method: 'POST',
      path: '/unrestrict/check',
      form: [['link', url], ...(password === null ? [] : [['password', password] as const])],
      signal,
    });
    const checked = asObject(answer.json);
    const name = line.name ?? asText(checked?.['filename']) ?? '';
    const size = line.size ?? asSize(checked?.['filesize']) ?? 0;
    return name === '' || size === 0 ? null : fileOf(url, name, size);
  }

  #contained({ url, container }: OwnLink, signal: AbortSignal): Promise<readonly string[]> {
    return container === null
      ? this.#links('/unrestrict/containerLink', [['link', url]], signal)
      : this.#ask({ method: 'PUT', path: '/unrestrict/containerFile', body: container, signal });
  }

  #links(path: string, form: NonNullable<ApiCall['form']>, signal: AbortSignal): Promise<readonly string[]> {
    return this.#ask({ method: 'POST', path, form, signal });
  }

  async #ask(call: Omit<ApiCall, 'purpose'>): Promise<readonly string[]> {
    const answer = await this.#api.call({ ...call, purpose: 'details' });
    const links = asList(answer.json)
      ?.map(asUrl)
      .filter((link) => link !== null);
    if (links === undefined) throw this.#api.badAnswer('the links behind a link are no list');
    return links.slice(0, maxLinks);
  }

  async #filesOfAll(
    links: readonly string[],
    { password }: OwnLink,
    signal: AbortSignal,
  ): Promise<readonly ItemFile[]> {
    const files: ItemFile[] = [];
    for (const link of links) {
      const file = await this.fileOf({ name: null, size: null, password }, link, signal).catch(orNull);
      if (file !== null) files.push(file);
    }
    return files;
  }
}

function fileOf(url: string, path: string, size: number): ItemFile {
  return { path, pathTold: true, size, ref: url, packed: false };
}

/** Nothing, for a failure that concerns one link. @throws every other. */
function orNull(thrown: unknown): null {
  const code = thrown instanceof AppError ? thrown.code : null;
  const isTheLinks = code === 'link-dead' || code === 'content-gone' || code === 'item-gone';
  if (isTheLinks || code === 'service-down') return null;
  throw thrown;
}
