import type { Config } from '../config/config.js';
import type { AccountOrders } from '../core/adding.js';
import { askRunning, isNotRunning } from './control-client.js';
import type { CliDependencies } from './dependencies.js';
import { RunningOrders } from './running-orders.js';

/** A process that does not answer by then hangs. */
const answerWithinMs = 30_000;

/** Works with the running process where there is one, so that budgets and syncs are one, else with the accounts themselves. */
export async function withOrders<Result>(
  config: Config,
  { app }: Pick<CliDependencies, 'app'>,
  work: (orders: AccountOrders, isRunning: boolean) => Promise<Result>,
): Promise<Result> {
  try {
    await askRunning(config.stateDir, { method: 'GET', path: '/status', timeoutMs: answerWithinMs });
  } catch (thrown) {
    if (!isNotRunning(thrown)) throw thrown;
    const orders = await app.openOrders(config);
    try {
      return await work(orders, false);
    } finally {
      await orders.close();
    }
  }
  return work(new RunningOrders(config.stateDir), true);
}
