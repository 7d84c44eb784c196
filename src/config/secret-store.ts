import { chmodSync, chownSync, closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { AppError, codeOf } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';
import type { SecretPlace } from '../core/token-source.js';
import { cannotWrite, replaceFile } from '../core/replace-file.js';
import { readTokenLater } from './tokens.js';

/** A writer holds the lock for as long as it takes to compare and rename. What is older was left by a killed process. */
const staleLockMs = 10_000;
const lockPauseMs = 20;

export interface SecretFileOptions {
  readonly file: string;
  readonly account: AccountName;
  /** What was there when the configuration was read, maybe by root, who has given its rights up since; null for nothing. */
  readonly atStart: string | null;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * One account's secret in a file of its own, readable by its owner alone.
 *
 * A mount that renews a token and a login may write at the same time: the mount asks its service for a new token, the user logs in
 * anew meanwhile, and the mount's answer, which belongs to the old login, comes last. So whoever renews says what it replaces, and
 * a lock file is held between comparing and renaming.
 */
export class SecretFile implements SecretPlace {
  readonly #file: string;
  readonly #account: AccountName;
  readonly #atStart: string | null;
  readonly #clock: Pick<Clock, 'sleep'>;
  /** What was read last, and of which file. */
  #last: { readonly version: string; readonly text: string } | null = null;

  constructor({ file, account, atStart, clock }: SecretFileOptions) {
    this.#file = file;
    this.#account = account;
    this.#atStart = atStart;
    this.#clock = clock;
  }

  async read(): Promise<string | null> {
    const version = await this.#version();
    if (version !== null && this.#last?.version === version) return this.#last.text;
    this.#last = null;
    const result = await readTokenLater(this.#file);
    if (result.token !== null) {
      const text = result.token.reveal();
      if (version !== null) this.#last = { version, text };
      return text;
    }
    if (result.missing) return null;
    if (result.denied && this.#atStart !== null) return this.#atStart;
    throw new AppError(
      'token-rejected',
      `Account "${this.#account}" has no token: ${result.why} Correct that, or run \`debridfs login ${this.#account}\`.`,
      { retry: 'other-source', context: { account: this.#account } },
    );
  }

  async replace(text: string, instead: string | null): Promise<boolean> {
    this.#makeFolder();
    const lock = `${this.#file}.lock`;
    await this.#lock(lock);
    try {
      if (instead !== null && this.#plainText() !== instead) return false;
      replaceFile(this.#file, `${text}\n`, { mode: 0o600 });
      this.#last = null;
      return true;
    } finally {
      rmSync(lock, { force: true });
    }
  }

  /** Tells one content of the file from another without reading it. */
  async #version(): Promise<string | null> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#file);
      return `${mtimeMs} ${size} ${ino}`;
    } catch {
      return null;
    }
  }

  #plainText(): string | null {
    try {
      return readFileSync(this.#file, 'utf8').trim();
    } catch {
      return null;
    }
  }

  async #lock(lock: string): Promise<void> {
    for (;;) {
      try {
        closeSync(openSync(lock, 'wx', 0o600));
        return;
      } catch (cause) {
        if (codeOf(cause) !== 'EEXIST') throw cannotWrite(this.#file, cause);
      }
      const sinceMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      // By the machine's clock, as the file system's is.
      if (Math.abs(Date.now() - sinceMs) > staleLockMs) rmSync(lock, { force: true });
      else await this.#clock.sleep(lockPauseMs);
    }
  }

  /** One made by root belongs to whom the state folder belongs to, who must read it later (mount.dropPrivileges). */
  #makeFolder(): void {
    const folder = dirname(this.#file);
    try {
      const isNew = statSync(folder, { throwIfNoEntry: false }) === undefined;
      makeFolder(folder, 0o700);
      if (!isNew) return;
      chmodSync(folder, 0o700);
      const { uid, gid } = statSync(dirname(folder));
      if (process.getuid?.() === 0) chownSync(folder, uid, gid);
    } catch (cause) {
      throw cannotWrite(this.#file, cause);
    }
  }
}
