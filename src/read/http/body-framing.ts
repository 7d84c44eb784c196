import { ObservedFailure } from '../observation.js';
import type { Framing } from './head.js';

/** Tells which of the bytes that come are a body's. */
export interface BodyFraming {
  /** Whether the body is over. */
  readonly isAtEnd: boolean;
  /** Whether the body is over where the connection ends. */
  readonly endsWithConnection: boolean;
  /** How many of the bytes that come next are the body's; 0 where it is over, or `skip` needs more. */
  readonly data: number;
  /** How many bytes at the start of these are none of the body's; they are taken into account. @throws {ObservedFailure} */
  skip(bytes: Buffer): number;
  /** Takes bytes of the body into account, at most `data`. */
  took(bytes: number): void;
}

export function bodyFraming(framing: Framing): BodyFraming {
  switch (framing.kind) {
    case 'length':
      return new LengthFraming(framing.bytes);
    case 'chunked':
      return new ChunkedFraming();
    case 'close':
      return {
        isAtEnd: false,
        endsWithConnection: true,
        data: Infinity,
        skip: () => 0,
        took: () => undefined,
      };
  }
}

class LengthFraming implements BodyFraming {
  readonly endsWithConnection = false;
  data: number;

  constructor(bytes: number) {
    this.data = bytes;
  }

  get isAtEnd(): boolean {
    return this.data === 0;
  }

  skip(): number {
    return 0;
  }

  took(bytes: number): void {
    this.data -= bytes;
  }
}

/** Longest line between chunks, and most of them after the last one: nobody sends any of what they may hold. */
const maxLine = 1024;
const maxTrailers = 32;
const lineFeed = 0x0a;

/** The chunks of RFC 9112, section 7.1. */
class ChunkedFraming implements BodyFraming {
  readonly endsWithConnection = false;
  data = 0;
  isAtEnd = false;
  #line = '';
  /** Which line comes next: a chunk's size, what is between its data and that, or what follows the last chunk. */
  #expects: 'size' | 'separator' | 'trailer' = 'size';
  #trailers = 0;

  skip(bytes: Buffer): number {
    let at = 0;
    while (this.data === 0 && !this.isAtEnd && at < bytes.length) {
      const feed = bytes.indexOf(lineFeed, at);
      const end = feed === -1 ? bytes.length : feed + 1;
      this.#line += bytes.toString('latin1', at, end);
      at = end;
      if (this.#line.length > maxLine) throw new ObservedFailure({ kind: 'garbled' });
      if (feed !== -1) this.#read(this.#line);
    }
    return at;
  }

  took(bytes: number): void {
    this.data -= bytes;
    if (this.data === 0) this.#expects = 'separator';
  }

  #read(line: string): void {
    this.#line = '';
    if (!line.endsWith('\r\n')) throw new ObservedFailure({ kind: 'garbled' });
    switch (this.#expects) {
      case 'size':
        this.#readSize(line);
        break;
      case 'separator':
        if (line !== '\r\n') throw new ObservedFailure({ kind: 'garbled' });
        this.#expects = 'size';
        break;
      case 'trailer':
        this.#trailers += 1;
        if (this.#trailers > maxTrailers) throw new ObservedFailure({ kind: 'garbled' });
        this.isAtEnd = line === '\r\n';
    }
  }

  #readSize(line: string): void {
    const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?\r\n$/i.exec(line) ?? [];
    if (digits === undefined) throw new ObservedFailure({ kind: 'garbled' });
    this.data = Number.parseInt(digits, 16);
    if (this.data === 0) this.#expects = 'trailer';
  }
}
