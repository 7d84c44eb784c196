import { atMost } from '../core/abortable.js';
import type { Clock } from '../core/clock.js';
import { AppError, toAppError } from '../core/errors.js';
import type { HttpAppOptions } from './http-app.js';
import { requireGuard, startHttpServer, type RunningServer } from './http-server.js';

/** So often an address that cannot be had is tried again, in milliseconds. */
const againMs = 60_000;

/** So long a mount may wait for the address, in milliseconds: a host name may have to be asked for in a network that is not there. */
const firstMs = 1_000;

/** Where a server listens, or why it does not. */
export interface ServerState {
  /** `http://host:port`; null: nowhere. */
  readonly url: string | null;
  /** Why not yet, as a sentence; null where nothing is known to be wrong. */
  readonly trouble: string | null;
}

/** A server that comes by itself once its address can be had: that of a VPN may be there seconds after the boot. */
export class PatientServer {
  readonly #options: HttpAppOptions;
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  readonly #onState: (state: ServerState) => void;
  #state: ServerState = { url: null, trouble: null };
  #server: RunningServer | null = null;

  /** @param onState hears of every change. @throws {AppError} `config` when other machines could reach it without a password. */
  constructor(options: HttpAppOptions, clock: Clock, onState: (state: ServerState) => void) {
    requireGuard(options);
    this.#options = options;
    this.#clock = clock;
    this.#onState = onState;
  }

  get state(): ServerState {
    return this.#state;
  }

  /** Resolves once it listens, or it is known that it cannot yet, and soon at any rate. Never rejects. */
  async start(): Promise<void> {
    const tried = this.#listen();
    void tried.then((listens) => (listens ? undefined : this.#tryAgain()));
    const late = (): AppError => new AppError('timeout', 'Its address is not known yet.');
    await atMost(this.#clock, firstMs, tried, late).catch(() => undefined);
  }

  /** Ends it, also where it does not listen yet. */
  async stop(): Promise<void> {
    this.#ending.abort();
    // A name that nobody answers for keeps nobody: what listens after all is ended by itself.
    await this.#server?.stop();
    this.#server = null;
  }

  async #tryAgain(): Promise<void> {
    for (let listens = false; !listens;) {
      try {
        await this.#clock.sleep(againMs, this.#ending.signal);
      } catch {
        return;
      }
      listens = await this.#listen();
    }
  }

  /** @returns whether there is nothing more to do. */
  async #listen(): Promise<boolean> {
    try {
      const server = await startHttpServer(this.#options);
      if (this.#ending.signal.aborted) {
        await server.stop();
        return true;
      }
      this.#server = server;
      this.#options.logger.info({ address: server.url }, 'status is served');
      this.#tell({ url: server.url, trouble: null });
      return true;
    } catch (error) {
      const { message } = toAppError(error);
      if (this.#ending.signal.aborted) return true;
      if (message !== this.#state.trouble)
        this.#options.logger.warn({}, `${message} It is tried again every minute.`);
      this.#tell({ url: null, trouble: message });
      return false;
    }
  }

  #tell(state: ServerState): void {
    const isNew = state.url !== this.#state.url || state.trouble !== this.#state.trouble;
    this.#state = state;
    if (isNew) this.#onState(state);
  }
}
