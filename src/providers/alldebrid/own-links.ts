/** What AllDebrid can tell of hoster links, without unlocking any: whose it takes, and what is behind them. */
import type { OwnLink } from '../../core/own-links.js';
import type { ItemFile } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';
import { asList, asObject, asSize, asText, asUrl, type JsonObject } from '../decode.js';
import { hostRules } from '../host-rules.js';
import type { LinkKind, LinkRules, LinkTeller } from '../own-link-list.js';
import { readData } from './magnet.js';

/** A redirector that leads to more is not worth the requests. */
const maxLinks = 500;

/** Links asked about with one request: as many as magnets, whose limit is no better known. */
const infosAtOnce = 50;

/** The ref of a file behind a redirector: which of its links, since their addresses are not for keeping. */
const redirected = /^redirect:(\d{1,3})$/;

/** Asks for one account. */
export class HosterLinks implements LinkTeller {
  readonly #api: AccountApi;

  constructor(api: AccountApi) {
    this.#api = api;
  }

  async rules(signal: AbortSignal): Promise<LinkRules> {
    const answer = await this.#api.call({ purpose: 'list', method: 'GET', path: '/v4/hosts', signal });
    const data = readData(this.#api, answer);
    const [hosts, streams, redirectors] = ['hosts', 'streams', 'redirectors'].map((key) =>
      (asList(data[key]) ?? []).flatMap((host) => domainsOf(asObject(host))),
    );
    return hostRules([
      { kind: 'file', domains: hosts ?? [] },
      { kind: 'stream', domains: streams ?? [] },
      { kind: 'redirector', domains: redirectors ?? [] },
    ]);
  }

  filesTold({ url, name, size }: OwnLink, kind: LinkKind): readonly ItemFile[] | null {
    return kind === 'redirector' || name === null || size === null ? null : [fileOf(url, name, size)];
  }

  /** What the line does not tell is asked for; what the service cannot tell for free is left out. */
  async filesOf(link: OwnLink, kind: LinkKind, signal: AbortSignal): Promise<readonly ItemFile[] | null> {
    if (kind === 'redirector') return this.#behind(link, signal);
    const [file] = await this.#files([link.url], link, signal);
    return file === undefined ? null : [file];
  }

  /** The file behind a link that the account keeps; null where its name or size is not known. */
  async fileOf(url: string, signal: AbortSignal): Promise<ItemFile | null> {
    const [file] = await this.#files([url], { name: null, size: null, password: null }, signal);
    return file ?? null;
  }

  /** The address that a file's ref stands for now. @param url of the redirector, where it is behind one. */
  async resolve(ref: string, url: string, signal: AbortSignal): Promise<string> {
    const index = redirected.exec(ref)?.[1];
    if (index === undefined) return ref;
    const link = (await this.#redirect(url, 'link', signal))[Number(index)];
    if (link === undefined) throw this.#api.badAnswer('a redirector leads to fewer links than before');
    return link;
  }

  async #behind(link: OwnLink, signal: AbortSignal): Promise<readonly ItemFile[]> {
    const links = await this.#redirect(link.url, 'details', signal);
    const told = { name: links.length === 1 ? link.name : null, size: links.length === 1 ? link.size : null };
    const files = await this.#files(links, { ...told, password: link.password }, signal);
    return files.map((file) => ({ ...file, ref: `redirect:${links.indexOf(file.ref ?? '')}` }));
  }

  async #redirect(url: string, purpose: 'link' | 'details', signal: AbortSignal): Promise<readonly string[]> {
    const form = [['link', url]] as const;
    const answer = await this.#api.call({
      purpose,
      method: 'POST',
      path: '/v4/link/redirector',
      form,
      signal,
    });
    const links = asList(readData(this.#api, answer)['links'])?.map(asUrl);
    return (links ?? []).filter((link) => link !== null).slice(0, maxLinks);
  }

  async #files(
    urls: readonly string[],
    line: Pick<OwnLink, 'name' | 'size' | 'password'>,
    signal: AbortSignal,
  ): Promise<readonly ItemFile[]> {
    const { name, size, password } = line;
    const [only = ''] = urls;
    if (name !== null && size !== null) return [fileOf(only, name, size)];
    const files: ItemFile[] = [];
    for (let first = 0; first < urls.length; first += infosAtOnce) {
      const asked = urls.slice(first, first + infosAtOnce);
      for (const [index, info] of (await this.#infos(asked, password, signal)).entries()) {
        const path = name ?? asText(info?.['filename']) ?? '';
        const bytes = size ?? asSize(info?.['size']) ?? 0;
        if (path !== '' && bytes > 0) files.push(fileOf(asked[index] ?? '', path, bytes));
      }
    }
    return files;
  }

  /** What is known of each link, in their order; of one that is refused only why. */
  async #infos(
    urls: readonly string[],
    password: string | null,
    signal: AbortSignal,
  ): Promise<readonly (JsonObject | null)[]> {
    const form = [
      ...urls.map((url) => ['link[]', url] as const),
      ...(password === null ? [] : [['password', password] as const]),
    ];
    const answer = await this.#api.call({
      purpose: 'details',
      method: 'POST',
      path: '/v4/link/infos',
      form,
      signal,
    });
    const infos = asList(readData(this.#api, answer)['infos']);
    if (infos === null) throw this.#api.badAnswer('what is known of links is no list');
    // In the order asked for (documented by example), unless a link is named that is not the one.
    const told = infos.map(asObject);
    return urls.map((url, index) => {
      const inOrder = told[index] ?? null;
      const isThat = infos.length === urls.length || asText(inOrder?.['link']) === url;
      return isThat ? inOrder : (told.find((info) => asText(info?.['link']) === url) ?? null);
    });
  }
}

function domainsOf(host: JsonObject | null): readonly string[] {
  return (asList(host?.['domains']) ?? []).map(asText).filter((domain) => domain !== null);
}

function fileOf(url: string, path: string, size: number): ItemFile {
  return { path, pathTold: true, size, ref: url, packed: false };
}
