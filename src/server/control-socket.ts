import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, chmod, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { AppError } from '../core/errors.js';
import { createControlApp, type ControlOptions } from './control-app.js';
import { createNodeServer, stopServer } from './http-server.js';

/** Longest path of a socket on Linux: `sun_path` of unix(7) less its closing NUL (documented). */
const maxPathBytes = 107;

/** A living process accepts at once; what does not within this time is taken for alive, to be on the safe side. */
const probeMs = 2_000;

/** Where the commands find the running process. */
export function controlSocketPath(stateDir: string): string {
  return join(stateDir, 'control.sock');
}

export interface ControlServer {
  /** Ends all connections and removes the socket. */
  stop(): Promise<void>;
}

/**
 * Listens on the control socket, which only the owner can use. What a dead process left there is replaced.
 *
 * The socket is made in a folder of its own that only the owner may enter, and moved to its place once its mode is set:
 * so nobody else can ever connect, and commands find either the old one or the new one.
 * @throws {AppError} `storage` when another process listens there, or the socket cannot be made.
 */
export async function startControlServer(stateDir: string, options: ControlOptions): Promise<ControlServer> {
  const path = controlSocketPath(stateDir);
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new AppError(
      'config',
      `stateDir: ${stateDir} is too long for a socket in it. Choose a shorter path.`,
    );
  }
  await refuseIfTaken(path);
  const server = createNodeServer(createControlApp(options));
  let workshop: string | undefined;
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    workshop = await mkdtemp(join(stateDir, '.c-'));
    const made = join(workshop, 's');
    server.listen({ path: made });
    await once(server, 'listening');
    await chmod(made, 0o600);
    await rename(made, path);
  } catch (cause) {
    server.close();
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
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

async function refuseIfTaken(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new AppError('storage', `${path} is no socket. Move it away: debridfs needs this name.`);
  }
  if (await answers(path)) {
    throw new AppError(
      'storage',
      `Another debridfs runs on this state folder (it answers on ${path}). Stop it first.`,
    );
  }
}

/** Whether a process listens on a socket: the kernel refuses where none does. */
async function answers(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(probeMs) });
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code !== 'ECONNREFUSED' && code !== 'ENOENT';
  } finally {
    socket.destroy();
  }
}
