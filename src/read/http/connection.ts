import type { Socket } from 'node:net';
import { ObservedFailure } from '../observation.js';
import { bodyFraming, type BodyFraming } from './body-framing.js';
import { maxHeadBytes, parseHead, type ResponseHead } from './head.js';
import { HeldBytes } from './held-bytes.js';

/** A connection, and where what comes over it goes to. */
export interface Wire {
  readonly socket: Socket;
  /**
   * Sets who is given what comes, and says whether more is wanted, which may come all the same. The bytes are valid only during
   * the call.
   */
  listen(receive: (bytes: Buffer) => boolean): void;
  /** Has more come again. */
  resume(): void;
}

/** How long is waited, in milliseconds. */
export interface Patience {
  /** While nothing comes of what is waited for. */
  readonly silenceMs: number;
  /** For another request. */
  readonly idleMs: number;
}

interface Wait {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So many silences in a row is the most that a whole head may take: one until it begins, and some. */
const headSilences = 1.5;
/** Most heads before the one that counts; more is no server that means well. */
const maxInterim = 8;

const nothing: Buffer = Buffer.alloc(0);
const always = (): boolean => true;

/**
 * One HTTP/1.1 connection: a request, then the head and the body of its response, then the next request. What comes is copied into
 * the buffers of whoever reads, without an allocation for each piece: a general client costs four times the processor time
 * (measured 2026-11: 1.5 and 0.4 s per GB), and what it allocates keeps the garbage collector busy.
 *
 * Under back-pressure: while nobody reads a body, little more than one piece of it is taken.
 *
 * INVARIANT: while somebody waits for a body's bytes, none are held.
 */
export class HttpConnection {
  readonly #wire: Wire;
  readonly #patience: Patience;
  #state: 'idle' | 'head' | 'body' | 'closed' = 'idle';
  #wait: Wait | null = null;
  #onOver: () => void = () => undefined;
  readonly #held = new HeldBytes();
  #head: ResponseHead | null = null;
  /** Heads before the one that counts, such as 100. */
  #interim = 0;
  #framing: BodyFraming | null = null;
  /** The buffer that is being filled, and how far it is. */
  #into = nothing;
  #filled = 0;
  #goesOn = always;
  /** Whether the one who fills it has what it gets. */
  #isEnough = false;
  #hasReceived = false;
  /** Whether the other side ended it; what came before may still be taken. */
  #hasEnded = false;
  /** Why it is closed. */
  #failure: Error | null = null;

  constructor(wire: Wire, patience: Patience) {
    this.#wire = wire;
    this.#patience = patience;
    const { socket } = wire;
    wire.listen((bytes) => this.#receive(bytes));
    socket.on('timeout', () => this.#silent());
    for (const event of ['error', 'end', 'close']) socket.on(event, () => this.#ended());
  }

  /** Whether another request can be sent. */
  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  /** Whether anything came since the last request. */
  get hasReceived(): boolean {
    return this.#hasReceived;
  }

  /** Bytes of a body, or of what frames it, that came and were given to nobody. */
  get untakenBytes(): number {
    return this.#held.length + this.#filled;
  }

  /**
   * Sends a request, while it is idle, and waits for the head of the response.
   * @param onOver is called once the body was read to its end; the connection may be idle then.
   * @throws {ObservedFailure} `silent`, `cut`, `garbled`. @throws what it was destroyed for.
   */
  async request(text: string, onOver: () => void): Promise<ResponseHead> {
    this.#onOver = onOver;
    this.#hasReceived = false;
    this.#head = null;
    this.#framing = null;
    this.#interim = 0;
    if (this.#state === 'idle') {
      this.#state = 'head';
      this.#wire.socket.write(text, 'latin1');
    }
    // By drops, or with one 100 after the other, a head could take for ever without a silence.
    const late = setTimeout(() => this.#silent(), headSilences * this.#patience.silenceMs).unref();
    try {
      await this.#until(() => this.#head !== null);
    } finally {
      clearTimeout(late);
    }
    // The wait ends with a head, or throws.
    return this.#head as unknown as ResponseHead;
  }

  /**
   * Fills a buffer with the next bytes of the body. One call at a time.
   * @param goesOn is asked when some came and more are wanted.
   * @returns how many they are; fewer than it holds where the body ends, it does not go on, or it broke, which the next call throws.
   * @throws {ObservedFailure} `stalled`, `cut`, `garbled`. @throws what it was destroyed for.
   */
  async fill(into: Buffer, goesOn: () => boolean = always): Promise<number> {
    this.#into = into;
    this.#filled = 0;
    this.#goesOn = goesOn;
    this.#isEnough = false;
    try {
      this.#held.drop(this.#consume(this.#held.bytes));
      await this.#until(() => this.#isEnough || this.#framing === null);
    } catch (thrown) {
      this.#close(thrown);
      if (this.#filled === 0) throw thrown;
    }
    const filled = this.#filled;
    this.#into = nothing;
    this.#filled = 0;
    return filled;
  }

  /** Ends it, whatever is under way. @param reason what those who wait are told. */
  destroy(reason: unknown): void {
    this.#close(reason);
  }

  /** Waits for what is to come, unless it is there. */
  async #until(isThere: () => boolean): Promise<void> {
    if (isThere()) return;
    if (this.#hasEnded) this.#ended();
    if (isThere()) return;
    if (this.#failure !== null) throw this.#failure;
    const waiting = new Promise<void>((resolve, reject) => {
      this.#wait = { resolve, reject };
    });
    this.#wire.socket.setTimeout(this.#patience.silenceMs);
    this.#wire.resume();
    await waiting;
  }

  /** Takes what comes. @returns whether more is wanted. */
  #receive(bytes: Buffer): boolean {
    this.#hasReceived = true;
    try {
      const taken = this.#held.length === 0 ? this.#consume(bytes) : 0;
      if (taken < bytes.length) this.#hold(bytes.subarray(taken));
    } catch (thrown) {
      this.#close(thrown);
    }
    return this.#state === 'head' || this.#held.length === 0;
  }

  /** Keeps what cannot be used now. @throws {ObservedFailure} where it is of no use at all. */
  #hold(bytes: Buffer): void {
    this.#held.add(bytes);
    if (this.#state === 'idle') throw new ObservedFailure({ kind: 'garbled' });
    if (this.#state !== 'head') return;
    // It may be the end of the head that came.
    this.#held.drop(this.#consume(this.#held.bytes));
  }

  /** Uses bytes as far as it can. @returns how many. */
  #consume(bytes: Buffer): number {
    const headBytes = this.#state === 'head' ? this.#takeHead(bytes) : 0;
    if (this.#state !== 'body') return headBytes;
    return headBytes + this.#takeBody(headBytes === 0 ? bytes : bytes.subarray(headBytes));
  }

  /** Takes the head where it is whole. @returns of how many bytes it was. */
  #takeHead(bytes: Buffer): number {
    for (let start = 0; ;) {
      const end = bytes.indexOf('\r\n\r\n', start, 'latin1');
      if ((end === -1 ? bytes.length : end) - start > maxHeadBytes)
        throw new ObservedFailure({ kind: 'garbled' });
      if (end === -1) return start;
      const head = parseHead(bytes.toString('latin1', start, end));
      start = end + 4;
      // What a server says in between says nothing about the file.
      if (head.status < 200) {
        this.#interim += 1;
        if (this.#interim > maxInterim) throw new ObservedFailure({ kind: 'garbled' });
        continue;
      }
      this.#head = head;
      this.#framing = bodyFraming(head.framing);
      this.#state = 'body';
      this.#wake();
      return start;
    }
  }

  /** Takes the body's bytes as far as somebody reads them, and what is between. @returns of how many bytes. */
  #takeBody(bytes: Buffer): number {
    const framing = this.#framing;
    let at = 0;
    while (framing !== null && !framing.isAtEnd) {
      at += framing.skip(at === 0 ? bytes : bytes.subarray(at));
      const count = Math.min(this.#into.length - this.#filled, framing.data, bytes.length - at);
      if (count === 0) break;
      bytes.copy(this.#into, this.#filled, at, at + count);
      framing.took(count);
      this.#filled += count;
      at += count;
    }
    if (framing?.isAtEnd === true) this.#finish(at === bytes.length);
    else if (this.#into.length > 0 && (this.#filled === this.#into.length || !this.#goesOn())) {
      this.#isEnough = true;
      this.#wake();
    }
    return at;
  }

  /** The body is over. @param isAll whether nothing came behind it. */
  #finish(isAll: boolean): void {
    this.#framing = null;
    this.#wake();
    if (isAll && !this.#hasEnded && this.#head?.keepsAlive === true) {
      this.#state = 'idle';
      this.#wire.socket.setTimeout(this.#patience.idleMs);
      // So that its end is heard of.
      this.#wire.resume();
    } else {
      this.#close(new ObservedFailure({ kind: 'cut' }));
    }
    this.#onOver();
  }

  #wake(): void {
    const wait = this.#wait;
    this.#wait = null;
    wait?.resolve();
  }

  #silent(): void {
    if (this.#state !== 'idle' && this.#wait === null) return;
    this.#close(new ObservedFailure({ kind: this.#state === 'head' ? 'silent' : 'stalled' }));
  }

  /** Nothing more comes. */
  #ended(): void {
    this.#hasEnded = true;
    if (this.#state === 'body' && this.#held.length > 0) return;
    if (this.#state === 'body' && this.#framing?.endsWithConnection === true) this.#finish(false);
    else this.#close(new ObservedFailure({ kind: 'cut' }));
  }

  #close(reason: unknown): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#failure = reason instanceof Error ? reason : new Error('It was ended.', { cause: reason });
    const wait = this.#wait;
    this.#wait = null;
    this.#wire.socket.destroy();
    wait?.reject(this.#failure);
  }
}
