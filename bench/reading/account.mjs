/**
 * An account for debridfs: the emulator's AllDebrid, whose links lead to the benchmark's file server, which finds a file by the last
 * component of its path. AllDebrid, because it gives links fast enough for a scan of hundreds of files.
 */
import { AllDebrid } from '../../dist/emulator/alldebrid/alldebrid.js';
import { allDebridDefaults } from '../../dist/emulator/alldebrid/knobs.js';
import { Bans } from '../../dist/emulator/bans.js';
import { EmulatorClock } from '../../dist/emulator/clock.js';
import { Faults } from '../../dist/emulator/faults.js';
import { KnownTorrents } from '../../dist/emulator/known-torrents.js';
import { startListener } from '../../dist/emulator/listener.js';
import { Prng } from '../../dist/emulator/prng.js';
import { RequestLog } from '../../dist/emulator/request-log.js';
import { torrent } from '../../dist/emulator/world.js';

const token = 'bench-key';

/** The torrent that holds all files, and the folder that they are in. */
export const torrentName = 'Bench';

/** The log is not read. */
const maxLogEntries = 100;

/**
 * @param files `name` and `size` of each. @param origin of the file server.
 * @returns the account as the configuration tells it, how many calls its API has had, and its end.
 */
export async function startAccount(files, origin) {
  const held = torrent(
    torrentName,
    files.map(({ name, size }) => ({ path: name, size })),
  );
  const world = [{ service: 'alldebrid', token, items: [{ torrent: held }] }];
  const clock = new EmulatorClock(true, Date.now());
  const context = {
    clock,
    prng: new Prng('bench'),
    torrents: new KnownTorrents({ accounts: world }),
    origin: () => origin,
    rateLimits: () => true,
  };
  const service = new AllDebrid(context, { ...allDebridDefaults }, world);
  const [[, api]] = service.handlers;
  let calls = 0;
  const counted = {
    account: (request) => api.account(request),
    handle(request) {
      calls += 1;
      return api.handle(request);
    },
  };
  const listener = await startListener(
    'ad-api',
    counted,
    {
      clock,
      faults: new Faults(new Prng('bench')),
      bans: new Bans(clock),
      log: new RequestLog(
        () => clock.now(),
        () => false,
        maxLogEntries,
      ),
      fakeClientIp: () => false,
    },
    '127.0.0.1',
    0,
  );
  return {
    config: { name: 'bench', service: 'alldebrid', token, apiUrl: listener.origin },
    calls: () => calls,
    stop: () => listener.stop(),
  };
}
