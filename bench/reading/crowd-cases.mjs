/** Many readers at once. */
import { atMost } from '../aims.mjs';
import { memoryCacheBytes } from './clients.mjs';

const mb = 1e6;

const playerCount = 8;
const playSeconds = 8;
/** The players have begun by then. */
const scanAfterMs = 1000;
const floodCount = 32;
const floodSeconds = 4;
const memoryLimitMb = Math.round(memoryCacheBytes / mb) + 64;

export const crowdCases = [
  {
    name: 'players',
    clients: ['rclone', 'debridfs'],
    metrics: {
      longestWaitMs: {
        title: '8 players of 60 Mbit/s during a scan: longest wait of any after its start, ms',
        aims: [atMost(500)],
      },
      scanned: { title: 'The same, files scanned of 200' },
    },
    async measure({ client, films, scans, read, sleep, settings }) {
      await settings({ delayMs: 50 });
      const targets = films.slice(0, playerCount).map((film) => client.target(film));
      const pace = { bitsPerSecond: 60e6, pieceBytes: 256 * 1024 };
      const playing = read('players', { targets, seconds: playSeconds, ...pace });
      const scanning = sleep(scanAfterMs).then(() =>
        read('scan', {
          targets: scans.map((file) => client.target(file)),
          ...{ atOnce: 4, headBytes: 256 * 1024, tailBytes: 128 * 1024 },
          seconds: playSeconds - 2 * (scanAfterMs / 1000),
        }),
      );
      const [{ longestWaitMs }, { scanned }] = await Promise.all([playing, scanning]);
      return [{ longestWaitMs, scanned }];
    },
  },
  {
    name: 'memory',
    clients: ['rclone', 'debridfs'],
    metrics: {
      growthMb: {
        title: `${floodCount} files read at full speed: memory more than idle, MB`,
        aims: [atMost(memoryLimitMb)],
      },
    },
    async measure({ client, films, read, sleep }) {
      await sleep(1000);
      const idle = await client.process.memory();
      const targets = films.slice(0, floodCount).map((film) => client.target(film));
      // Their links, which debridfs asks for at the pace that a service allows.
      await read('scan', { targets, atOnce: 4, headBytes: 4096, tailBytes: 0, seconds: 30 });
      await read('flood', { targets, seconds: floodSeconds });
      const { mostBytes } = await client.process.memory();
      return [{ growthMb: (mostBytes - idle.bytes) / mb }];
    },
  },
];
