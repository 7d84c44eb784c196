import type { Librarian } from './librarian.js';

/** The methods that a thread may be asked for. */
export const librarianMethods = [
  'isPublished',
  'markPublished',
  'applyListing',
  'applyDetails',
  'awaitingDetails',
  'forgetItem',
  'forgetOtherAccounts',
  'setOverrides',
  'toIdentify',
  'identified',
  'retag',
  'awaitAnswers',
  'placeAnew',
  'putLink',
  'putTraffic',
  'putMadeDownload',
  'unknownArchives',
  'applyLayout',
  'close',
] as const satisfies readonly (keyof Librarian)[];

export type LibrarianMethod = (typeof librarianMethods)[number];

/** The librarian as the rest of the process sees it, in whatever thread it works: its methods, with promises. */
export type LibraryWriter = {
  readonly [Method in LibrarianMethod]: (
    ...args: Parameters<Librarian[Method]>
  ) => Promise<ReturnType<Librarian[Method]>>;
};

/** The writer whose methods are calls by name. @param call does what the librarian's method of that name does. */
export function libraryWriter(
  call: (method: LibrarianMethod, args: readonly unknown[]) => Promise<unknown>,
): LibraryWriter {
  const methods = librarianMethods.map(
    (method) => [method, (...args: readonly unknown[]) => call(method, args)] as const,
  );
  return Object.fromEntries(methods) as unknown as LibraryWriter;
}
