import { join } from 'node:path';

/** What lies in a state folder for the library, besides what SQLite itself keeps beside its file. */
export interface LibraryFiles {
  readonly library: string;
  /** A verified copy of it, which takes its place when it is damaged. */
  readonly copy: string;
  /** The copy while it is being made. */
  readonly draft: string;
  /** Exists when damage was met, and says by whom (`SuspectedBy`): the next start looks at every page. */
  readonly suspect: string;
}

export function libraryFiles(stateDir: string): LibraryFiles {
  const library = join(stateDir, 'library.db');
  return {
    library,
    copy: `${library}.bak`,
    draft: `${library}.bak.new`,
    suspect: `${library}.suspect`,
  };
}
