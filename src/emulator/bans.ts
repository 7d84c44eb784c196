import type { EmulatorClock } from './clock.js';
import { htmlReply, textReply, type Reply } from './reply.js';

/** How a service treats whom it has banned. */
export type BanStyle = '429' | 'hang' | '403html';

/** Accounts and addresses that are shut out for a while, whatever they ask. */
export class Bans {
  readonly #clock: EmulatorClock;
  readonly #bans = new Map<string, { readonly untilMs: number; readonly style: BanStyle }>();

  constructor(clock: EmulatorClock) {
    this.#clock = clock;
  }

  /** Bans a token or a client address. Lasts in real plus advanced time. */
  ban(who: string, durationMs: number, style: BanStyle): void {
    this.#bans.set(who, { untilMs: this.#clock.elapsed() + durationMs, style });
  }

  /** What a banned client gets: an answer, or `hang`; null where nobody is banned. */
  answer(account: string | null, clientIp: string): Reply | 'hang' | null {
    const ban = this.#bans.get(account ?? '') ?? this.#bans.get(clientIp);
    if (ban === undefined || this.#clock.elapsed() >= ban.untilMs) return null;
    switch (ban.style) {
      case '429':
        return textReply(429, 'text/plain', 'Too many requests');
      case 'hang':
        return 'hang';
      case '403html':
        return htmlReply(403, 'Attention Required! | Cloudflare');
    }
  }
}
