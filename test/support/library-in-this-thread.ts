import type { Librarian } from '../../src/sync/librarian.js';
import { libraryWriter, type LibraryWriter } from '../../src/sync/library-writer.js';

/** The librarian in this thread, behind the same promises as in its own. */
export function inThisThread(librarian: Librarian): LibraryWriter {
  return libraryWriter((method, args) => {
    const work = librarian[method].bind(librarian) as (...args: readonly unknown[]) => unknown;
    return new Promise((resolve) => resolve(work(...args)));
  });
}
