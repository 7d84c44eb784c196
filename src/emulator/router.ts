import type { ReceivedRequest, Reply } from './reply.js';

/** One endpoint: its method (or `*`), its path, and what it answers with the path's groups. */
export interface Route<Caller> {
  readonly method: string;
  readonly path: RegExp;
  readonly serve: (caller: Caller, request: ReceivedRequest, groups: readonly string[]) => Reply;
}

/** The first route for a request, ready to be called; null where there is none. */
export function findRoute<Caller>(
  routes: readonly Route<Caller>[],
  request: ReceivedRequest,
  path: string,
): ((caller: Caller) => Reply) | null {
  for (const route of routes) {
    const match = route.method === '*' || route.method === request.method ? route.path.exec(path) : null;
    if (match !== null) return (caller) => route.serve(caller, request, match.slice(1));
  }
  return null;
}
