/** Calls of `node:fs` that would change a mount, with their arguments: all are to be refused. */
export function writesTo(places: {
  /** An existing file. */
  readonly file: string;
  /** An existing folder that is not empty. */
  readonly folder: string;
  /** A name that is free. */
  readonly fresh: string;
}): readonly (readonly [string, ...unknown[]])[] {
  const { file, folder, fresh } = places;
  return [
    ['writeFile', fresh, 'x'],
    ['writeFile', file, 'x'],
    ['appendFile', file, 'x'],
    ['open', file, 'r+'],
    ['open', file, 'w'],
    ['truncate', file, 0],
    ['unlink', file],
    ['rename', file, fresh],
    ['rename', folder, fresh],
    ['link', file, fresh],
    ['symlink', file, fresh],
    ['mkdir', fresh],
    ['rmdir', folder],
    ['chmod', file, 0o777],
    ['chown', file, 1, 1],
    ['utimes', file, 1, 1],
  ];
}
