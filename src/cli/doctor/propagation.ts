/**
 * Whether mounts made below a path show in other mount namespaces (containers): `shared` where they do, by the optional
 * fields of mountinfo (proc_pid_mountinfo(5), Linux man-pages, documented). Null where no mount holds the path.
 */
export function propagationAt(mountinfo: string, path: string): 'shared' | 'private' | null {
  let best: { readonly at: string; readonly shared: boolean } | null = null;
  for (const line of mountinfo.split('\n')) {
    const [, , , , mountedAt, , ...rest] = line.split(' ');
    if (mountedAt === undefined) continue;
    const at = mountedAt.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const holds = at === '/' || path === at || path.startsWith(`${at}/`);
    // Of several mounts at one place, the later one covers the earlier.
    if (!holds || (best !== null && at.length < best.at.length)) continue;
    best = { at, shared: rest.slice(0, rest.indexOf('-')).some((field) => field.startsWith('shared:')) };
  }
  if (best === null) return null;
  return best.shared ? 'shared' : 'private';
}
