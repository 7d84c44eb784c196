import { afterEach, describe, expect, it } from 'vitest';
import {
  apiOf,
  emulatedAccounts,
  heldAtFirst,
  intervalMs,
  type EmulatedAccounts,
  type EmulatedName,
} from '../support/emulated-accounts.js';
import { never } from '../support/never.js';
import { ownTroubles, silent, troubles, untilFull, type Trouble } from './account-troubles.js';

const names = ['rd', 'ad', 'tb'] as const;

describe('an account in trouble, and two others', () => {
  let accounts: EmulatedAccounts;

  afterEach(() => accounts.stop());

  const expectKept = (before: ReadonlyMap<string, bigint>): void => {
    const after = accounts.shown();
    expect([...before].filter(([path, inode]) => after.get(path) !== inode)).toEqual([]);
  };

  const run = async (
    name: EmulatedName,
    { action, path, said, rounds = {}, always }: Trouble,
  ): Promise<void> => {
    accounts = await emulatedAccounts(name, 10 * intervalMs);
    const { emulator, engine } = accounts;
    const others = names.filter((other) => other !== name);
    const at = apiOf[name];
    if (always !== undefined) emulator.faults.add({ at, ...always });
    await engine.start();
    await engine.settled();
    const before = accounts.shown();
    const shownOfIt = [...before.keys()].filter(
      (shown) => shown.startsWith(`accounts/${name}/`) && shown.endsWith('.mkv'),
    );
    expect(shownOfIt).toHaveLength(heldAtFirst);
    for (const each of names)
      expect(accounts.report(each)).toMatchObject({ state: 'ok', detail: '', held: null });

    const [condition, sentence] = 'rd' in said ? said[name] : said;
    const isSilent = said === silent;
    const asked = isSilent ? others : names;
    const made = typeof action === 'function' ? await action(accounts) : action;
    const fault = emulator.faults.add({ at, action: made, ...(path === undefined ? {} : { path }) });
    const added = others.map((other) => accounts.addFilm(other, `News of ${other}`));
    await accounts.interval(...asked);
    expect([...accounts.shown().keys()]).toEqual(expect.arrayContaining(added));
    const enough = rounds[name] ?? (isSilent ? 3 : 1);
    for (let round = 1; round < enough; round += 1) await accounts.interval(...asked);
    const report = accounts.report(name);
    if (condition === 'held') expect(report.held?.reason).toMatch(sentence);
    else expect([report.state, report.detail]).toEqual([condition, expect.stringMatching(sentence)]);
    for (const other of others) expect(accounts.report(other)).toMatchObject({ state: 'ok', held: null });
    for (let round = 0; round < 3; round += 1) await accounts.interval(...asked);
    expectKept(before);
    expect(emulator.faults.fired(fault)).toBeGreaterThan(0);

    emulator.faults.remove(fault);
    if (isSilent) emulator.cut(at);
    const back = accounts.addFilm(name, 'Back');
    await accounts.interval(...names);
    await accounts.interval(...names);
    // A pause that the service wished for is kept.
    for (let round = 0; round < 5 && !accounts.shown().has(back); round += 1)
      await accounts.interval(...names);
    expect(accounts.report(name)).toMatchObject({ state: 'ok', detail: '', held: null });
    expect([...accounts.shown().keys()]).toContain(back);
    expectKept(before);
  };

  describe.each(names)('when it is %s, and', (name) => {
    it.each(Object.entries({ ...troubles, ...ownTroubles[name] }))(
      '%s: nothing is lost, the others show their news, and it comes back by itself',
      (_title, trouble) => run(name, trouble),
    );
  });

  it.each(names)(
    'the library is shown at the very first start although %s does not answer, and the end is at once',
    async (name) => {
      accounts = await emulatedAccounts(name, intervalMs);
      const { emulator, engine } = accounts;
      emulator.faults.add({ at: apiOf[name], action: { kind: 'hang' } });
      await engine.start();
      await engine.published;
      const others = names.filter((other) => other !== name);
      await expect
        .poll(() =>
          others.every((other) => accounts.shown().has(`accounts/${other}/${other}.0/${other}.0.mkv`)),
        )
        .toBe(true);
      expect(emulator.log.count({ role: apiOf[name] })).toBeGreaterThan(0);
      await engine.stop();
    },
  );

  it.each(names)('sync --accept lets go at once what %s does not list any more', async (name) => {
    accounts = await emulatedAccounts(name, 100 * intervalMs);
    const { emulator, engine, surface } = accounts;
    await engine.start();
    await engine.settled();
    emulator.faults.add({ at: apiOf[name], action: { kind: 'shortenList', share: 0 } });
    for (let round = 0; round < untilFull; round += 1) await accounts.interval(...names);
    expect(accounts.report(name).held?.missing).toBe(heldAtFirst);
    const { accounts: told } = await surface.sync(never, true);
    expect(told.find(({ account }) => account === name)).toMatchObject({ removed: heldAtFirst, held: 0 });
    expect([...accounts.shown().keys()].filter((shown) => shown.startsWith(`accounts/${name}/`))).toEqual([
      `accounts/${name}/`,
    ]);
    expect(accounts.report(name).held).toBeNull();
  });
});
