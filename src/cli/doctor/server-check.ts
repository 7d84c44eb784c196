import type { ListenAddress } from '../../server/listen-address.js';
import { isAlive, readRunFile } from '../../server/run-file.js';
import { ok, warn, type Check } from './check.js';
import type { Machine } from './machine.js';

/** Whether the status page has its address, or could have it: a mount goes on without the page, and tries every minute. */
export function serverCheck(machine: Machine, listen: ListenAddress | null, stateDir: string): Check {
  return {
    name: 'status page',
    run: async () => {
      if (listen === null) return ok('not asked for: server.listen is off');
      const running = readRunFile(stateDir);
      if (running !== null && running.server !== null && isAlive(running.pid)) return ok(running.server);
      const trouble = await machine.listenTrouble(listen);
      return trouble === null
        ? ok('its address is free')
        : warn(trouble, 'A mount goes on without it, and tries every minute.');
    },
  };
}
