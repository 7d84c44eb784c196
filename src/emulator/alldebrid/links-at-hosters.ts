import { createHash } from 'node:crypto';
import { baseName, sourceOf } from '../known-torrents.js';
import type { StandInContext } from '../stand-in.js';
import type { WorldLink } from '../world.js';
import type { Magnets } from './magnets.js';
import type { ErrorCode } from './replies.js';
import type { Served } from './state.js';

/** What a link leads to: a file (also a video in one quality: documented), a video in several qualities, or a refusal. */
export type Behind =
  | { readonly kind: 'file'; readonly served: Served; readonly host: string; readonly isSizeTold: boolean }
  | { readonly kind: 'stream'; readonly link: WorldLink; readonly isSizeTold: boolean }
  | { readonly kind: 'refused'; readonly code: ErrorCode };

/** Links of hosters, of AllDebrid's own magnets, and those that redirectors were opened into. */
export class LinksAtHosters {
  readonly #context: StandInContext;
  readonly #magnets: Magnets;
  /** What "virtual" links stand for (documented: `https://redirect.alldebrid.com/…`). */
  readonly #redirected = new Map<string, string>();

  constructor(context: StandInContext, magnets: Magnets) {
    this.#context = context;
    this.#magnets = magnets;
  }

  behind(text: string, password: string | undefined): Behind {
    const own = this.#magnets.link(text);
    if (own === 'down') return { kind: 'refused', code: 'LINK_DOWN' };
    if (own !== null) {
      const { torrent } = own.magnet;
      const { path } = own.file;
      const served = { name: baseName(path), source: sourceOf(torrent, own.file), hash: torrent.hash };
      return { kind: 'file', served, host: 'alldebrid.com', isSizeTold: true };
    }
    const { links } = this.#context;
    const url = this.#redirected.get(text) ?? text;
    if (!links.isTaken('alldebrid', url)) return { kind: 'refused', code: 'LINK_HOST_NOT_SUPPORTED' };
    const link = links.link(url);
    if (link === undefined) return { kind: 'refused', code: 'LINK_DOWN' };
    if (link.password !== null && link.password !== password)
      return { kind: 'refused', code: 'LINK_PASS_PROTECTED' };
    const { isSizeTold } = link;
    if (link.qualities.length > 1) return { kind: 'stream', link, isSizeTold };
    const served = { name: baseName(link.file.path), source: links.source(link, link.file), hash: null };
    return { kind: 'file', served, host: new URL(url).hostname.replace(/^www\./, ''), isSizeTold };
  }

  /** The links that a redirector leads to; null where it is none, undefined where nothing is behind it. */
  open(url: string): readonly string[] | null | undefined {
    const { links } = this.#context;
    const isRedirector =
      URL.canParse(url) && links.bundleDomains('redirector').includes(new URL(url).hostname);
    if (!isRedirector) return null;
    return links.bundle(url)?.links.map((target, index) => {
      const hash = createHash('sha256').update(target).digest('hex');
      const text = `https://redirect.alldebrid.com/mnsaj-${index}-${hash}`;
      this.#redirected.set(text, target);
      return text;
    });
  }
}
