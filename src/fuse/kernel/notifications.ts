import type { Logger } from '../../core/logger.js';
import type { Inode } from '../../core/tree.js';
import { notifyCode } from '../protocol/numbers.js';
import { notifyInvalEntry, notifyInvalInode, notifyRetrieve, outHeader } from '../protocol/structures.js';
import type { OpenDevice } from './open-device.js';

/** What the kernel says when it knows nothing of what it is to forget, or when the mount is gone: there is nothing to do. */
const harmless = ['ENOENT', 'ENOTCONN', 'ENODEV', 'EPERM'];

/**
 * Tells the kernel of changes, one after another and from one of libuv's threads: it takes a folder's lock for it, and who
 * holds that may wait for an answer of ours (observed 2026-11: written from the thread that answers, it waits for ever).
 */
export class Notifications {
  readonly #device: OpenDevice;
  readonly #logger: Logger;
  // INVARIANT: resolves once everything that was asked for so far was told.
  #last: Promise<void> = Promise.resolve();
  #untold = 0;

  constructor(device: OpenDevice, logger: Logger) {
    this.#device = device;
    this.#logger = logger;
  }

  /** Whether one of libuv's threads may be waiting for the kernel. */
  get isTelling(): boolean {
    return this.#untold > 0;
  }

  /** Lets the kernel forget a name, whether it stood for something or was missing. Never rejects. */
  invalidateEntry(parent: Inode, name: string): Promise<void> {
    const { at, bytes } = notifyInvalEntry;
    const text = Buffer.from(name);
    const [message, view] = newMessage(notifyCode.invalEntry, bytes + text.length + 1);
    view.setBigUint64(at.parent, parent, true);
    view.setUint32(at.namelen, text.length, true);
    text.copy(message, outHeader.bytes + bytes);
    return this.#tell(message);
  }

  /** Lets the kernel forget attributes and cached content: of a folder, its listing. Never rejects. */
  invalidateInode(inode: Inode): Promise<void> {
    const [message, view] = newMessage(notifyCode.invalInode, notifyInvalInode.bytes);
    view.setBigUint64(notifyInvalInode.at.ino, inode, true);
    return this.#tell(message);
  }

  #tell(message: Buffer): Promise<void> {
    this.#untold += 1;
    this.#last = this.#last.then(async () => {
      const error = await this.#device.writeLater(message);
      if (error !== null && !harmless.includes(error.code ?? ''))
        this.#logger.warn({ err: error }, 'the kernel was not told of a change');
      this.#untold -= 1;
    });
    return this.#last;
  }
}

/** Asks the kernel to send every request again that was read and not answered (Linux 6.9). */
export function resendMessage(): Buffer {
  return newMessage(notifyCode.resend, 0)[0];
}

/** Makes the kernel look up every name again that it keeps, also one that is missing (Linux 6.16). */
export function epochMessage(): Buffer {
  return newMessage(notifyCode.incEpoch, 0)[0];
}

/**
 * Asks the kernel for what it has of an open file's content, none of it: it answers with a request, which wakes who reads
 * the device. Of a folder it cannot be asked (observed with Linux 6.18, 2026-11).
 */
export function wakeMessage(inode: Inode): Buffer {
  const [message, view] = newMessage(notifyCode.retrieve, notifyRetrieve.bytes);
  view.setBigUint64(notifyRetrieve.at.nodeid, inode, true);
  return message;
}

/** A message with its header, and a view of its body, which is all zeros. */
function newMessage(code: number, bodyBytes: number): [Buffer, DataView] {
  const message = Buffer.alloc(outHeader.bytes + bodyBytes);
  message.writeUInt32LE(message.length, outHeader.at.len);
  message.writeInt32LE(code, outHeader.at.error);
  return [message, new DataView(message.buffer, message.byteOffset + outHeader.bytes, bodyBytes)];
}
