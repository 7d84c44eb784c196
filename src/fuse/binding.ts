import type { Inode, TreeChange } from '../core/tree.js';
import type { FileSystem } from '../vfs/file-system.js';

export interface UserAndGroup {
  readonly uid: number;
  readonly gid: number;
}

export interface MountOptions {
  /** Where to mount: a directory, empty or not, that is created when missing. */
  readonly mountpoint: string;
  readonly allowOther: boolean;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits taken away from 0777 and 0666. */
  readonly umask: number;
  /** How long the kernel may keep names and attributes, in milliseconds; null: what suits the binding. */
  readonly attrTimeoutMs: number | null;
  /** Whether watchers are to be told of changes, where the binding can. */
  readonly announce: boolean;
  /** Whom the process becomes once it has mounted, so that it may unmount; null: it stays who it is. */
  readonly dropTo: UserAndGroup | null;
}

/** What a binding can do, so that tests and callers need not know which one it is. */
export interface MountCapabilities {
  /** Whether a change shows at once. */
  readonly invalidate: boolean;
  /** Whether programs that watch a folder are woken. */
  readonly announce: boolean;
  /** Whether requests outlive the process, when somebody else keeps the device. */
  readonly resend: boolean;
  /** Whether a read whose reader is killed is told to stop. */
  readonly interrupt: boolean;
  /** Whether it may be mounted over another mount, such as the root of a container's volume. */
  readonly coversMounts: boolean;
  /** Largest read the kernel sends, in bytes. */
  readonly maxReadBytes: number;
  /** Bits of an inode number that `stat` shows. */
  readonly inodeBits: 32 | 64;
}

/** A file system that the kernel sees. */
export interface Mount {
  /** Absolute path without symbolic links. */
  readonly mountpoint: string;
  readonly capabilities: MountCapabilities;
  /** Resolves once the mount is gone, whoever ended it; never rejects. */
  readonly closed: Promise<void>;
  /** Resolves without effect where `capabilities.invalidate` is false. */
  invalidateEntry(parent: Inode, name: string): Promise<void>;
  invalidateInode(inode: Inode): Promise<void>;
  /**
   * Wakes the watchers of changes that are published already. Never rejects; resolves without effect where
   * `capabilities.announce` is false.
   */
  announce(changes: readonly TreeChange[]): Promise<void>;
  /**
   * Ends the mount within seconds, also while files are open: those stay readable as long as the process lives.
   * Idempotent.
   * @throws {AppError} `storage` when the mount is still there; it may be tried again.
   */
  unmount(): Promise<void>;
}

/** One way to the kernel. */
export interface FuseBinding {
  readonly name: 'fuse-native' | 'kernel';
  /**
   * Makes the mountpoint ready, which `mount` does again: called before, it says early what is in the way.
   * @throws {AppError} `config` or `storage` with the remedy.
   */
  prepare(mountpoint: string): Promise<void>;
  /**
   * Prepares the mountpoint (a dead mount of ours is cleared), mounts, and resolves when the kernel is served. This
   * process must not touch anything below the mountpoint afterwards: it would wait for itself.
   * @throws {AppError} `config` or `storage` with the remedy when the mount cannot be made.
   */
  mount(fileSystem: FileSystem, options: MountOptions): Promise<Mount>;
}
