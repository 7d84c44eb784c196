import type { Config } from './config/config.js';
import type { Closers } from './closers.js';
import { startControlServer } from './server/control-socket.js';
import { startHttpServer } from './server/http-server.js';
import { removeRunFile, writeRunFile } from './server/run-file.js';
import type { Surface } from './server/surface.js';
import type { StartContext } from './start-context.js';

/** Serves the control socket and, where configured, HTTP, and writes down where. */
export async function startServers(
  config: Config,
  { logger, scrub }: StartContext,
  surface: Surface,
  mountpoint: string,
  closers: Closers,
): Promise<void> {
  const control = await startControlServer(config.stateDir, { surface, scrub, logger });
  closers.add(() => control.stop());
  const { listen } = config.server;
  const password = config.server.password?.reveal() ?? null;
  const server = listen === null ? null : await startHttpServer({ surface, listen, password, scrub, logger });
  if (server !== null) {
    closers.add(() => server.stop());
    logger.info({ address: server.url }, 'status is served');
  }
  try {
    writeRunFile(config.stateDir, { pid: process.pid, mountpoint, server: server?.url ?? null });
  } catch (error) {
    // A full disk: who asks for the process finds none, and the mount is there all the same.
    logger.warn({ err: error }, 'run.json is not written: commands may not find this process');
  }
  closers.add(() => removeRunFile(config.stateDir, process.pid));
}
