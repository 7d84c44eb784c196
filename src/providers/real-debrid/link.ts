/** From a link that Real-Debrid takes to one that serves bytes. */
import type { Link } from '../../core/provider.js';
import type { AccountApi } from '../account-api.js';
import { asId, asList, asObject, asText, asUrl, type JsonObject } from '../decode.js';
import { pickQuality } from '../quality.js';
import type { ProviderSetup } from '../setup.js';

/**
 * A link with its id cut to 13 characters. About a third of the ids are longer and then good only for the account
 * that added the torrent, sometimes not even for that; their first 13 characters are good for every account (observed:
 * zurg's notes, 2026-08). A hoster's own link stays as it is.
 */
export function cutLink(link: string): string {
  return link.replace(/^(https?:\/\/real-debrid\.com\/d\/[A-Za-z0-9]{13})[A-Za-z0-9]+$/, '$1');
}

/** What a link is made of. */
export interface Wanted {
  readonly link: string;
  /** By which its hoster gives the file; null: none. */
  readonly password: string | null;
  /** Of a video in several qualities; null: the best. */
  readonly quality: string | null;
}

/** Makes the links of one account, each by one request that makes a new row in its downloads, and remembers which they are. */
export class LinkMaker {
  readonly #api: AccountApi;
  readonly #setup: ProviderSetup;
  /** By link: when it was last asked for, as `moment` counts; Infinity while it is. */
  readonly #asked = new Map<string, number>();
  #moment = 0;

  constructor(api: AccountApi, setup: ProviderSetup) {
    this.#api = api;
    this.#setup = setup;
  }

  /** @throws {AppError} what the file or the account is refused for; `bad-answer` for an answer without a URL. */
  async make({ link, password, quality }: Wanted, signal: AbortSignal): Promise<Link> {
    const cut = cutLink(link);
    this.#asked.set(cut, Infinity);
    try {
      const answer = await this.#api.call({
        purpose: 'link',
        method: 'POST',
        path: '/unrestrict/link',
        form: [['link', cut], ...(password === null ? [] : [['password', password] as const])],
        signal,
      });
      const made = asObject(answer.json);
      for (const one of made === null ? [] : qualitiesOf(made)) this.#remember(one);
      const picked = made === null ? undefined : pickQuality(qualitiesOf(made), quality, qualityOf);
      const url = asUrl(picked?.['download']);
      if (url === null) throw this.#api.badAnswer('a link has no address');
      return { url, bornMs: this.#setup.clock.now() };
    } finally {
      this.#asked.set(cut, this.#moment);
    }
  }

  /** Now, for `wasAsked`. What ended before is forgotten. */
  moment(): number {
    for (const [link, moment] of this.#asked) if (moment <= this.#moment) this.#asked.delete(link);
    this.#moment += 1;
    return this.#moment;
  }

  /** Whether a link was being asked for at that moment or later, so that a row of it may be one that was made here. */
  wasAsked(link: string, since: number): boolean {
    return (this.#asked.get(link) ?? -1) >= since;
  }

  #remember(made: JsonObject): void {
    const id = asId(made['id']);
    if (id !== null) this.#setup.madeDownloads.add(this.#setup.account, id);
  }
}

/** The answer itself, and what it offers beside (documented for video sites: `alternative`). */
function qualitiesOf(made: JsonObject): readonly JsonObject[] {
  const others = (asList(made['alternative']) ?? []).map(asObject).filter((one) => one !== null);
  return [made, ...others];
}

function qualityOf(made: JsonObject): string {
  return asText(made['type']) ?? '';
}
