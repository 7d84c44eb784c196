import type { Config } from './config/config.js';
import type { Closers } from './closers.js';
import { systemClock, type Clock } from './core/clock.js';
import { startControlServer } from './server/control-socket.js';
import { PatientServer, type ServerState } from './server/patient-server.js';
import { removeRunFile, writeRunFile } from './server/run-file.js';
import type { Surface } from './server/surface.js';
import type { StartContext } from './start-context.js';

/**
 * Serves the control socket and, where configured, HTTP, and writes down where. An address that cannot be had yet keeps nothing else from
 * starting: it is served once it can be.
 * @throws {AppError} `config` when other machines could reach it without a password; `storage` without a control socket.
 */
export async function startServers(
  { stateDir, server: { listen, password: secret } }: Pick<Config, 'stateDir' | 'server'>,
  { logger, scrub }: Pick<StartContext, 'logger' | 'scrub'>,
  surface: Surface,
  mountpoint: string,
  closers: Closers,
  clock: Clock = systemClock,
): Promise<void> {
  const password = secret?.reveal() ?? null;
  const writeDown = ({ url, trouble }: ServerState): void => {
    try {
      const info = { pid: process.pid, mountpoint, server: url };
      writeRunFile(stateDir, trouble === null ? info : { ...info, serverTrouble: trouble });
    } catch (error) {
      // A full disk: who asks for the process finds none, and the mount is there all the same.
      logger.warn({ err: error }, 'run.json is not written: commands may not find this process');
    }
  };
  const server =
    listen === null
      ? null
      : new PatientServer({ surface, listen, password, scrub, logger }, clock, writeDown);
  const control = await startControlServer(stateDir, { surface, scrub, logger });
  closers.add(() => control.stop());
  closers.add(() => removeRunFile(stateDir, process.pid));
  if (server === null) {
    writeDown({ url: null, trouble: null });
    return;
  }
  closers.add(() => server.stop());
  await server.start();
  writeDown(server.state);
}
