import { FakeClock } from '../support/fake-clock.js';

/** A clock on which every wait ends at once, having taken its time. */
export class RunningClock extends FakeClock {
  override async sleep(ms: number): Promise<void> {
    await this.advance(ms);
  }
}
