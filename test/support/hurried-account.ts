import { onTestFinished } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Provider } from '../../src/core/provider.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.js';
import type { World } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';

export interface Hurried {
  readonly emulator: Emulator;
  readonly clock: Clock;
  readonly providerOf: (service: ServiceName, account?: string) => Provider;
}

/** Stand-ins whose time goes on whenever a client waits: no wait lasts. All of it ends with its test. */
export async function hurried(
  world: World,
  knobs: EmulatorOptions['knobs'] = {},
  onSleep: (ms: number) => void = () => undefined,
): Promise<Hurried> {
  const emulator = await startEmulator({ world, knobs });
  let skippedMs = 0;
  const clock: Clock = {
    now: () => emulator.now(),
    monotonic: () => systemClock.monotonic() + skippedMs,
    sleep: (ms, signal) => {
      onSleep(ms);
      skippedMs += ms;
      emulator.advance(ms);
      return systemClock.sleep(0, signal);
    },
    after: (ms, call) => systemClock.after(ms, call),
  };
  const providers: Provider[] = [];
  onTestFinished(async () => {
    await Promise.all(providers.map((provider) => provider.close()));
    await emulator.stop();
  });
  return {
    emulator,
    clock,
    providerOf: (service, account = service) => {
      const provider = createProvider({
        service,
        account,
        token: service,
        apiUrl: emulator.apiUrl(service),
        proxyUrl: null,
        clock,
        logger: silentLogger,
      });
      providers.push(provider);
      return provider;
    },
  };
}
