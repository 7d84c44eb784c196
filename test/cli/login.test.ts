import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogin } from '../../src/account-clients.js';
import { createLogin as createServiceLogin } from '../../src/providers/create-login.js';
import type { KeyInput } from '../../src/cli/dependencies.js';
import type { Clock } from '../../src/core/clock.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import { hastyClock } from '../support/hasty-clock.js';
import { CliHarness } from './harness.js';

const key = 'obb_' + 'k'.repeat(32);

let cli: CliHarness;
let emulator: Emulator;
beforeEach(async () => {
  cli = new CliHarness();
  emulator = await startEmulator({
    realtime: true,
    world: {
      accounts: [
        { service: 'torbox', token: 'tb-key', items: [] },
        { service: 'real-debrid', token: 'rd-key', items: [] },
        { service: 'storage-portal', token: key, items: [] },
      ],
    },
  });
  const account = (name: string, service: Parameters<Emulator['apiUrl']>[0], more = ''): string =>
    `  - { name: ${name}, service: ${service}, apiUrl: "${emulator.apiUrl(service)}"${more} }`;
  const lines = [
    `stateDir: ${cli.stateDir}`,
    'accounts:',
    account('tb', 'torbox'),
    account('rd', 'real-debrid'),
    account('portal', 'storage-portal'),
    account('written', 'torbox', ', token: x'),
    account('filed', 'torbox', ', tokenFile: /run/secrets/filed'),
  ];
  writeFileSync(join(cli.dir, 'config.yaml'), lines.join('\n'));
  cli.env = { ...cli.env, DEBRIDFS_CONFIG: join(cli.dir, 'config.yaml') };
  useClock(hastyClock(40));
});
afterEach(async () => {
  cli.remove();
  await emulator.stop();
});

function useClock(clock: Clock): void {
  cli.clock = clock;
  cli.app.createLogin = (account) =>
    Promise.resolve(
      createServiceLogin({
        service: account.service,
        account: account.name,
        apiUrl: account.apiUrl,
        proxyUrl: null,
        clock,
      }),
    );
}

const secret = (name: string): string => join(cli.stateDir, 'secrets', name);
const left = (): string[] =>
  existsSync(join(cli.stateDir, 'secrets')) ? readdirSync(join(cli.stateDir, 'secrets')) : [];

/** A terminal on which keys are pressed. */
class Keyboard extends PassThrough implements KeyInput {
  readonly isTTY = true;
  readonly modes: boolean[] = [];

  setRawMode(raw: boolean): void {
    this.modes.push(raw);
  }
}

/** Approves the code that is on the screen, once it is there. */
async function approve(code: RegExp): Promise<void> {
  await expect.poll(() => code.test(cli.out)).toBe(true);
  expect(emulator.torBox.deviceLogin.approve(code.exec(cli.out)?.[1] ?? '', 'tb-key')).toBe(true);
}

describe('a login by a code', () => {
  it('says in plain lines where to type what, and keeps the key for its owner alone', async () => {
    useClock(hastyClock(20));
    const running = cli.run('login', 'tb');
    await approve(/type the code (\w+)/);
    const { code, out, err } = await running;
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Log in to account tb at TorBox\.\nOpen https:\/\/tor\.box\/link and type the code/);
    expect(out).toMatch(/Waiting for 10 minutes\.\nLogged in\./);
    // Neither colours nor pictures where nobody looks.
    expect(out).toMatch(/^[\x20-\x7e\n]+$/);
    expect(readFileSync(secret('tb'), 'utf8')).toBe('tb-key\n');
    expect(statSync(secret('tb')).mode & 0o777).toBe(0o600);
    expect(statSync(join(cli.stateDir, 'secrets')).mode & 0o777).toBe(0o700);
    expect(left()).toEqual(['tb']);
    expect(out).not.toContain('tb-key');
  });

  it('shows a picture for cameras and a countdown in one line on a terminal', async () => {
    useClock(hastyClock(20));
    cli.terminal = { isTTY: true, columns: 80 };
    const running = cli.run('login', 'tb');
    await expect.poll(() => /9:5\d left/.test(cli.out)).toBe(true);
    await approve(/Code {2}(\w+)/);
    const { code, out } = await running;
    expect(code).toBe(0);
    expect(out).toContain('█');
    const countdown = out.slice(out.indexOf('\u001b'), out.lastIndexOf('\u001b'));
    expect(countdown).not.toContain('\n');
    expect(out).toContain('\r\u001b[2KLogged in.');
  });

  it('leaves the picture out where it does not fit', async () => {
    cli.terminal = { isTTY: true, columns: 25 };
    const running = cli.run('login', 'tb');
    await approve(/Code {2}(\w+)/);
    const { out } = await running;
    expect(out).not.toContain('█');
    for (const [line] of out.matchAll(/\d+:\d\d left[^\r\n]*/g)) expect(line.length).toBeLessThan(25);
  });

  it('that nobody approves ends with 1, says so and keeps nothing', async () => {
    useClock(hastyClock(20_000));
    const { code, err } = await cli.run('login', 'rd');
    expect([code, err]).toEqual([
      1,
      'debridfs: The code was not approved in time. To try again: `debridfs login rd`.\n',
    ]);
    expect(left()).toEqual([]);
  });

  it('that is given up by Ctrl-C ends with 130 and leaves nothing, the old secret aside', async () => {
    mkdirSync(join(cli.stateDir, 'secrets'), { recursive: true });
    writeFileSync(secret('tb'), 'old');
    cli.terminal = { isTTY: true, columns: 80 };
    const running = cli.run('login', 'tb');
    await expect.poll(() => cli.out.includes(' left')).toBe(true);
    cli.signal();
    const { code, out, err } = await running;
    expect([code, err]).toEqual([130, '']);
    expect(out.endsWith('\r\u001b[2K')).toBe(true);
    expect(left()).toEqual(['tb']);
    expect(readFileSync(secret('tb'), 'utf8')).toBe('old');
  });

  it('tells once that the service cannot be reached meanwhile', async () => {
    emulator.faults.add({ at: 'tb-api', path: /token$/, times: 3, action: { kind: 'status', code: 502 } });
    const running = cli.run('login', 'tb');
    await expect.poll(() => cli.out.includes('It is tried again.')).toBe(true);
    await approve(/type the code (\w+)/);
    const { code, out } = await running;
    expect([code, out.match(/It is tried again/g)?.length]).toEqual([0, 1]);
  });

  it('takes the place of a secret that is empty or readable for everybody', async () => {
    mkdirSync(join(cli.stateDir, 'secrets'), { recursive: true });
    writeFileSync(secret('tb'), '', { mode: 0o644 });
    const running = cli.run('login', 'tb');
    await approve(/type the code (\w+)/);
    expect((await running).code).toBe(0);
    expect(statSync(secret('tb')).mode & 0o777).toBe(0o600);
  });
});

describe('a login by a key', () => {
  it('takes it from a pipe', async () => {
    const input = new PassThrough();
    cli.stdin = input;
    input.end(`${key}\n`);
    const { code, out } = await cli.run('login', 'portal');
    expect(code).toBe(0);
    expect(out).not.toContain(key);
    expect(readFileSync(secret('portal'), 'utf8')).toBe(`${key}\n`);
  });

  it('takes it as it is typed, unseen, and leaves the terminal as it was', async () => {
    const keyboard = new Keyboard();
    cli.stdin = keyboard;
    cli.terminal = { isTTY: true };
    keyboard.write(`tb-kez\u007fy\r`);
    const { code, out } = await cli.run('login', 'tb', '--token');
    expect([code, keyboard.modes]).toEqual([0, [true, false]]);
    expect(out).toMatch(/^Key of account tb at TorBox \(it is not shown\): \nLogged in\./);
    expect(readFileSync(secret('tb'), 'utf8')).toBe('tb-key\n');
  });

  it.each(['\u0003', 'signal'])('is given up by Ctrl-C, whichever way it comes: %j', async (way) => {
    const keyboard = new Keyboard();
    cli.stdin = keyboard;
    const running = cli.run('login', 'tb', '--token');
    await expect.poll(() => keyboard.modes.length).toBe(1);
    if (way === 'signal') cli.signal();
    else keyboard.write(`half${way}`);
    expect((await running).code).toBe(130);
    expect([keyboard.modes, left()]).toEqual([[true, false], []]);
  });

  it.each([
    ['nobody-knows-it', /TorBox: it does not know it\. Nothing was kept/],
    ['two words', /characters that no key has/],
    ['', /No key was given/],
  ])('keeps nothing that is refused: %j', async (typed, why) => {
    const input = new PassThrough();
    cli.stdin = input;
    input.end(typed);
    const { code, err } = await cli.run('login', 'tb', '--token');
    expect([code, err]).toEqual([1, expect.stringMatching(why)]);
    expect(left()).toEqual([]);
  });

  it('keeps nothing that could not be asked about', async () => {
    emulator.faults.add({ at: 'tb-api', action: { kind: 'refuse' } });
    const input = new PassThrough();
    cli.stdin = input;
    input.end('tb-key');
    const { code, err } = await cli.run('login', 'tb', '--token');
    expect([code, err]).toEqual([1, expect.stringMatching(/cannot be reached/)]);
    expect(left()).toEqual([]);
  });

  it('says what looks odd in a key of a portal, and asks the portal all the same', async () => {
    const input = new PassThrough();
    cli.stdin = input;
    input.end('obb_short');
    const { code, err } = await cli.run('login', 'portal');
    expect(code).toBe(1);
    expect(err).toMatch(/obb_ and 32 letters and digits; this one is not/);
    expect(emulator.log.count({ role: 'obb-api' })).toBe(1);
  });
});

describe('an account that cannot be logged in to', () => {
  it.each([
    ['nobody', /no account "nobody"\. There are: tb, rd, portal/],
    ['written', /has its token in .*config\.yaml, which would come before a login\. Remove it/],
    ['filed', /has its tokenFile in .*config\.yaml/],
  ])('is told so, with exit code 2: %s', async (name, why) => {
    const { code, err } = await cli.run('login', name);
    expect([code, err]).toEqual([2, expect.stringMatching(why)]);
  });
});

it('a login speaks through the address that its account has', async () => {
  const login = createLogin({
    name: 'tb',
    service: 'torbox',
    token: null,
    keptIn: null,
    apiUrl: emulator.apiUrl('torbox'),
    proxy: null,
    repair: false,
    history: false,
  });
  const giveUp = new AbortController();
  const step = (): void => giveUp.abort();
  const screen = { step, say: () => undefined, trouble: () => undefined };
  await expect(login.byCode?.(screen, giveUp.signal)).rejects.toMatchObject({ code: 'aborted' });
  await login.close();
  expect(emulator.log.count({ role: 'tb-api' })).toBe(1);
});
