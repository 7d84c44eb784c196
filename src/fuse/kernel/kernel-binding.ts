import { atMost } from '../../core/abortable.js';
import { systemClock, type Clock } from '../../core/clock.js';
import { AppError, toAppError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { Meter } from '../../core/meter.js';
import type { FileSystem } from '../../vfs/file-system.js';
import type { FuseBinding, Mount, MountOptions } from '../binding.js';
import { defaultDeadlines, type Deadlines } from '../deadlines.js';
import type { KeptDevice } from '../keeper/kept-device.js';
import { untilGone } from '../mount-watch.js';
import { justMounted, ownMount, readMounts, type MountEntry } from '../mountinfo.js';
import { explained } from '../probe.js';
import { MountpointPreparation } from '../mountpoint-preparation.js';
import { detach, unmountAt } from '../unmount.js';
import { Announcements } from './announcements.js';
import { Announcer } from './announcer.js';
import { abortConnection } from './abort.js';
import { mountedDevice } from './device.js';
import { Encoder } from './encode.js';
import { forgetAll } from './forget-all.js';
import { Handles } from './handles.js';
import type { Session } from './init.js';
import { KernelSession } from './kernel-session.js';
import { KnownNodes } from './known-nodes.js';
import { Notifications, resendMessage, wakeMessage } from './notifications.js';
import { treeOperations } from './operations.js';
import { OpenDevice } from './open-device.js';
import { raiseReadAhead } from './read-ahead.js';
import { ReplyWriter } from './reply-writer.js';
import { bestTransport, startTransport, type Transport, type TransportName } from './transport.js';

export interface KernelParts {
  readonly logger: Logger;
  readonly meter?: Meter | undefined;
  readonly clock?: Clock;
  readonly deadlines?: Deadlines;
  /** `auto`: the better one that works in this process. */
  readonly transport?: TransportName | 'auto';
  /** Null: the mount ends with this process. */
  readonly kept?: KeptDevice | null;
}

/** The kernel begins to talk within milliseconds of mount(2). */
const beginMs = 10_000;

/** Names and attributes may be kept for an hour, because the kernel is told of every change. */
const defaultValidMs = 3_600_000;

/** The kernel's own protocol, without libfuse. Needs the right to mount, or fusermount3 and koffi. */
export function createKernelBinding(parts: KernelParts): FuseBinding {
  const { logger, clock = systemClock, kept = null } = parts;
  const left = kept?.mounted ?? null;
  const preparation = new MountpointPreparation('may-cover-mounts', clock, logger);
  return {
    name: 'kernel',
    async prepare(mountpoint) {
      // Nobody serves what an earlier life left: who looks at it waits.
      if (left === null) await preparation.ready(mountpoint);
    },
    async mount(fileSystem: FileSystem, options: MountOptions): Promise<Mount> {
      const transport = parts.transport ?? 'auto';
      const transportName = transport === 'auto' ? await bestTransport(logger) : transport;
      const serve = async (
        device: OpenDevice,
        begin: (server: KernelServer) => Promise<Mount>,
      ): Promise<Mount> => {
        const server = new KernelServer(device, transportName, fileSystem, options, parts);
        try {
          return await begin(server);
        } catch (error) {
          server.stop();
          throw error;
        }
      };
      if (kept !== null && left !== null) {
        const device = new OpenDevice(kept.descriptor);
        const entry = await stillMounted(left.mountpoint, left.device).catch((error: unknown) => {
          kept.tell(null);
          throw error;
        });
        device.write(resendMessage());
        return serve(device, (server) => {
          const mount = server.mountAt(entry, left.session);
          server.forgetAll();
          return Promise.resolve(mount);
        });
      }
      const mountpoint = await preparation.ready(options.mountpoint);
      const device = await mountedDevice(mountpoint, options, kept?.descriptor ?? null).catch(
        async (error: unknown) => {
          throw await explained('kernel', options, toAppError(error));
        },
      );
      const silent = (): AppError =>
        new AppError('storage', 'The kernel did not begin to talk to the mount.');
      try {
        return await serve(new OpenDevice(device), async (server) => {
          const session = await atMost(clock, beginMs, server.session.begun, silent);
          const entry = await justMounted(mountpoint);
          await raiseReadAhead(entry.device, logger);
          return server.mountAt(entry, session);
        });
      } catch (error) {
        // It is ours, and on top: a dead one would be left.
        await unmountAt(mountpoint).catch((failure: unknown) =>
          logger.warn({ err: failure }, 'not unmounted'),
        );
        throw error;
      }
    },
  };
}

/** Everything that serves one device. */
class KernelServer {
  readonly session: KernelSession;
  readonly #device: OpenDevice;
  readonly #parts: KernelParts;
  readonly #fileSystem: FileSystem;
  readonly #options: MountOptions;
  readonly #announcements = new Announcements();
  readonly #notifications: Notifications;
  readonly #transport: Transport;
  #entry: MountEntry | null = null;

  constructor(
    device: OpenDevice,
    transport: TransportName,
    fileSystem: FileSystem,
    options: MountOptions,
    parts: KernelParts,
  ) {
    const { logger, clock = systemClock, deadlines = defaultDeadlines, kept = null } = parts;
    this.#device = device;
    this.#parts = parts;
    this.#fileSystem = fileSystem;
    this.#options = options;
    const handles = new Handles(fileSystem, kept?.life ?? 0);
    const nodes = new KnownNodes();
    const encoder = new Encoder({ ownership: options, validMs: options.attrTimeoutMs ?? defaultValidMs });
    const announcements = this.#announcements;
    this.session = new KernelSession({
      fileSystem,
      operations: treeOperations({ fileSystem, encoder, handles, nodes, announcements }),
      handles,
      nodes,
      writer: new ReplyWriter(device, logger),
      deadlines,
      clock,
      logger,
      meter: parts.meter,
    });
    this.#notifications = new Notifications(device, logger);
    this.#transport = startTransport(transport, device, this.session, () => this.#wake(device, handles));
    void this.#transport.ended.then(() => this.session.abandon());
  }

  /** Makes the kernel send a request, or else ends the connection: without an open file nobody loses anything by it. */
  #wake(device: OpenDevice, handles: Handles): void {
    try {
      const inode = handles.someInode();
      if (inode !== null) device.write(wakeMessage(inode));
      else if (this.#entry !== null) abortConnection(this.#entry.device);
    } catch (error) {
      this.#parts.logger.debug({ err: error }, 'the device was not woken');
    }
  }

  /** Lets the kernel forget what an earlier life told it, before it is answered anything. */
  forgetAll(): void {
    const { logger } = this.#parts;
    forgetAll(this.#device, this.#notifications, this.#fileSystem).catch((error: unknown) =>
      logger.warn({ err: error }, 'programs may see what an earlier process told'),
    );
  }

  stop(): void {
    this.#transport.stop();
  }

  mountAt(entry: MountEntry, session: Session): Mount {
    const { clock = systemClock, kept = null, logger } = this.#parts;
    kept?.tell({ mountpoint: entry.path, device: entry.device, session });
    this.#entry = entry;
    const notifications = this.#notifications;
    const announcer = !this.#options.announce
      ? null
      : new Announcer({
          mountpoint: entry.path,
          device: entry.device,
          fileSystem: this.#fileSystem,
          announcements: this.#announcements,
          forget: (parent, name) => notifications.invalidateEntry(parent, name),
          logger,
        });
    const drain = (): void => {
      if (notifications.isTelling || announcer?.isAnnouncing === true) this.#transport.drain();
    };
    process.once('exit', drain);
    void this.#transport.ended.then(() => process.off('exit', drain));
    const soon = new AbortController();
    // A mount that was aborted stays listed, and answers nobody: it is taken away.
    void this.#transport.ended.then(async () => {
      await detach(entry).catch((error: unknown) => logger.warn({ err: error }, 'a dead mount stays'));
      soon.abort();
    });
    const closed = untilGone(entry, clock, soon.signal);
    void closed.then(() => kept?.tell(null));
    return {
      mountpoint: entry.path,
      capabilities: {
        invalidate: true,
        announce: announcer !== null,
        resend: session.resends,
        interrupt: true,
        coversMounts: true,
        maxReadBytes: session.maxReadBytes,
        inodeBits: 64,
      },
      closed,
      invalidateEntry: (parent, name) => notifications.invalidateEntry(parent, name),
      invalidateInode: (inode) => notifications.invalidateInode(inode),
      announce: (changes) => announcer?.announce(changes) ?? Promise.resolve(),
      async unmount() {
        await detach(entry);
        soon.abort();
        await closed;
      },
    };
  }
}

/** A mount that an earlier life left. @throws {AppError} `storage` when it is gone, or another is in its place. */
async function stillMounted(mountpoint: string, device: string): Promise<MountEntry> {
  const entry = ownMount(await readMounts(), mountpoint);
  if (entry?.device === device) return entry;
  throw new AppError('storage', `${mountpoint} was unmounted by somebody else while nobody served it.`);
}
