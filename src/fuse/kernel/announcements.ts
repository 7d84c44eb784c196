import { existsSync } from 'node:fs';
import { AppError } from '../../core/errors.js';
import type { Inode } from '../../core/tree.js';
import type { Attributes } from '../../vfs/file-system.js';
import { readOnly } from '../open-mode.js';

/** A change that this process makes the kernel see by doing it over again on its own mount. */
export interface Announced {
  readonly kind: 'added' | 'removed';
  readonly parent: Inode;
  readonly name: string;
  /** What is there, or was. */
  readonly attributes: Attributes;
}

/**
 * What this process itself may create and remove on its mount, because the tree changed that way already. All others, and
 * this process with any other name, are refused.
 */
export class Announcements {
  readonly #isOwnThread: (pid: number) => boolean;
  // INVARIANT: holds what was begun and not ended.
  readonly #pending = new Map<string, Announced>();
  // INVARIANT: what of it was removed, by its number.
  readonly #ghosts = new Map<Inode, Attributes>();

  constructor(isOwnThread: (pid: number) => boolean = isThreadOfThisProcess) {
    this.#isOwnThread = isOwnThread;
  }

  begin(announced: Announced): void {
    this.end(announced);
    this.#pending.set(keyOf(announced.parent, announced.name), announced);
    if (announced.kind === 'removed') this.#ghosts.set(announced.attributes.inode, announced.attributes);
  }

  end({ parent, name }: Pick<Announced, 'parent' | 'name'>): void {
    const key = keyOf(parent, name);
    const ended = this.#pending.get(key);
    if (ended?.kind === 'removed') this.#ghosts.delete(ended.attributes.inode);
    this.#pending.delete(key);
  }

  /**
   * What this process finds under a name that it is about to announce, so that the kernel lets it: nothing where
   * something was added, and what was there where something was removed.
   * @returns null where the tree says what is there.
   * @throws {AppError} `not-found` for what is to be created.
   */
  lookup(parent: Inode, name: string, pid: number): Attributes | null {
    const announced = this.#ownPending(parent, name, pid);
    if (announced === undefined) return null;
    if (announced.kind === 'added') throw new AppError('not-found', 'It is being announced.');
    return announced.attributes;
  }

  /** What was removed, by its number: on the way to something in it, the kernel asks who may go through. */
  getattr(inode: Inode, pid: number): Attributes | null {
    const ghost = this.#ghosts.get(inode);
    return ghost !== undefined && this.#isOwnThread(pid) ? ghost : null;
  }

  /** @returns what was created. @throws {AppError} `read-only` when it is not announced by this process. */
  create(parent: Inode, name: string, pid: number): Attributes {
    return this.#take('added', parent, name, pid);
  }

  /** @throws {AppError} `read-only` when it is not announced by this process. */
  remove(parent: Inode, name: string, pid: number): void {
    this.#take('removed', parent, name, pid);
  }

  #take(kind: Announced['kind'], parent: Inode, name: string, pid: number): Attributes {
    const announced = this.#ownPending(parent, name, pid);
    if (announced?.kind !== kind) throw readOnly();
    this.end(announced);
    return announced.attributes;
  }

  #ownPending(parent: Inode, name: string, pid: number): Announced | undefined {
    if (this.#pending.size === 0) return undefined;
    const announced = this.#pending.get(keyOf(parent, name));
    return announced !== undefined && this.#isOwnThread(pid) ? announced : undefined;
  }
}

function keyOf(parent: Inode, name: string): string {
  return `${parent}/${name}`;
}

function isThreadOfThisProcess(pid: number): boolean {
  return pid !== 0 && existsSync(`/proc/self/task/${pid}`);
}
