/**
 * The part of fuse-native 2.2.6 that is used. It comes without types; these follow its index.js and fuse-native.c
 * (read 2026-11).
 */
declare module 'fuse-native' {
  namespace Fuse {
    /** Each field is cut to 32 bits, except size, blocks and the times (milliseconds), which have 53. */
    interface Stat {
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly size: number;
      /** 0 is taken for 1. */
      readonly nlink: number;
      readonly ino: number;
      readonly blksize: number;
      readonly blocks: number;
      readonly atime: number;
      readonly mtime: number;
      readonly ctime: number;
    }

    /** Each field is cut to 32 bits. */
    interface StatFs {
      readonly bsize: number;
      readonly frsize: number;
      readonly blocks: number;
      readonly bfree: number;
      readonly bavail: number;
      readonly files: number;
      readonly ffree: number;
      readonly favail: number;
      readonly namemax: number;
    }

    /**
     * `result` is 0 or a negative errno. Each callback is to be called exactly once: with `timeout: false` nothing
     * guards it, and a second call answers another request.
     */
    interface Operations {
      getattr(path: string, reply: (result: number, stat?: Stat) => void): void;
      readdir(
        path: string,
        reply: (result: number, names?: readonly string[], stats?: readonly Stat[]) => void,
      ): void;
      /** `fd` is an int32; 0 means none. */
      open(path: string, flags: number, reply: (result: number, fd?: number) => void): void;
      /** `result` may also be the number of bytes put into `buffer`, which is the kernel's until the reply, then gone. */
      read(
        path: string,
        fd: number,
        buffer: Uint8Array,
        length: number,
        offset: number,
        reply: (result: number) => void,
      ): void;
      release(path: string, fd: number, reply: (result: number) => void): void;
      statfs(path: string, reply: (result: number, statfs?: StatFs) => void): void;
    }

    /** Passed on to libfuse2 as `-o name=value`, without escaping. */
    interface Options {
      readonly fsname: string;
      readonly subtype: string;
      readonly allowOther: boolean;
      readonly defaultPermissions: boolean;
      /** Bytes; libfuse2 caps it at 131072. */
      readonly maxRead: number;
      /** Seconds as text, because the number 0 is taken for "not set". */
      readonly attrTimeout: string;
      readonly entryTimeout: string;
      /** False: requests have no time limit but their handler's. */
      readonly timeout: false;
    }
  }

  class Fuse {
    constructor(mountpoint: string, operations: Fuse.Operations, options: Fuse.Options);
    /** Calls back once the kernel has begun to talk to this mount, or with why it was not made. */
    mount(done: (error: Error | null | undefined) => void): void;
  }

  export = Fuse;
}
