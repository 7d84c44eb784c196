import { once } from 'node:events';
import { lstat, mkdtemp, chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, codeOf } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';
import type { ControlOptions } from './control-app.js';
import { createNodeServer, stopServer } from './http-server.js';

/** Longest path of a socket on Linux: `sun_path` of unix(7) less its closing NUL (documented). */
const maxPathBytes = 107;

/** Where the commands find the running process. */
export function controlSocketPath(stateDir: string): string {
  return join(stateDir, 'control.sock');
}

export interface ControlServer {
  /** Ends all connections and removes the socket. */
  stop(): Promise<void>;
}

/**
 * Listens on the control socket, which only the owner can use. What a dead process left there is replaced:
 * the caller holds the folder's lock, so nobody living listens there.
 *
 * The socket is made in a folder of its own that only the owner may enter, and moved to its place once its mode is set:
 * so nobody else can ever connect, and commands find either the old one or the new one.
 * @throws {AppError} `storage` when something else is there, or the socket cannot be made.
 */
export async function startControlServer(stateDir: string, options: ControlOptions): Promise<ControlServer> {
  const path = controlSocketPath(stateDir);
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new AppError(
      'config',
      `stateDir: ${stateDir} is too long for a socket in it. Choose a shorter path.`,
    );
  }
  await refuseOtherFile(path);
  const server = createNodeServer(
    async () => (await import('./control-app.js')).createControlApp(options),
    options.logger,
  );
  let workshop: string | undefined;
  try {
    makeFolder(stateDir, 0o700);
    workshop = await mkdtemp(join(stateDir, '.c-'));
    const made = join(workshop, 's');
    server.listen({ path: made });
    await once(server, 'listening');
    await chmod(made, 0o600);
    await rename(made, path);
  } catch (cause) {
    server.close();
    const code = codeOf(cause) ?? 'unknown';
    const remedy = `Check that ${stateDir} may be written.`;
    throw new AppError('storage', `The control socket ${path} cannot be made (${code}). ${remedy}`, {
      cause,
    });
  } finally {
    if (workshop !== undefined) await rm(workshop, { recursive: true, force: true });
  }
  return {
    stop: async () => {
      await rm(path, { force: true });
      await stopServer(server);
    },
  };
}

async function refuseOtherFile(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new AppError('storage', `${path} is no socket. Move it away: debridfs needs this name.`);
  }
}
