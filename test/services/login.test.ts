import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SecretFile } from '../../src/config/secret-store.js';
import type { ServiceName } from '../../src/core/account.js';
import type { Clock } from '../../src/core/clock.js';
import { AppError } from '../../src/core/errors.js';
import type { Login, LoginScreen, LoginStep } from '../../src/core/login.js';
import { silentLogger } from '../../src/core/logger.js';
import { decodeOAuthSecret, type OAuthSecret } from '../../src/core/oauth-secret.js';
import type { Provider } from '../../src/core/provider.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { Role } from '../../src/emulator/roles.js';
import { createLogin } from '../../src/providers/create-login.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { StoredToken } from '../../src/providers/stored-token.js';
import { never } from '../support/never.js';

const key = 'tok';
/** As the portal's keys are. */
const portalKey = `obb_${'p'.repeat(32)}`;

interface World {
  readonly emulator: Emulator;
  readonly clock: Clock;
  readonly login: Login;
  readonly file: string;
  /** An account whose secret is kept in `file`. */
  readonly account: Provider;
  /** Every secret that was told to the scrubber. */
  readonly told: string[];
  /** Called whenever time has passed. */
  onTime: () => void;
}

/** Services whose time passes as fast as a client waits. */
async function worldOf(service: ServiceName): Promise<World> {
  const emulator = await startEmulator({
    world: {
      accounts: [{ service, token: service === 'storage-portal' ? portalKey : key, items: [] }],
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'debridfs-login-'));
  const file = join(folder, 'secrets', 'mine');
  const startMs = emulator.now();
  const clock: Clock = {
    now: () => emulator.now(),
    monotonic: () => emulator.now() - startMs,
    sleep: async (ms, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted === true) throw new AppError('aborted', 'Given up.');
      emulator.advance(ms);
      world.onTime();
    },
    after: () => () => undefined,
  };
  const common = { service, account: 'mine', apiUrl: emulator.apiUrl(service), proxyUrl: null, clock };
  const login = createLogin(common);
  const told: string[] = [];
  const token = new StoredToken({
    ...common,
    place: new SecretFile({ file, account: 'mine', atStart: null, clock }),
    userAgent: 'debridfs/test',
    logger: silentLogger,
    onSecrets: (secrets) => void told.push(...secrets),
  });
  const account = createProvider({ ...common, token, logger: silentLogger });
  onTestFinished(async () => {
    await login.close();
    await account.close();
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const world: World = { emulator, clock, login, file, account, told, onTime: () => undefined };
  return world;
}

/** A screen whose user does something once there is a code, and what it showed. */
interface Watched extends LoginScreen {
  readonly steps: LoginStep[];
  readonly said: string[];
  readonly troubles: string[];
}

function screen(onStep: (step: LoginStep) => void = () => undefined): Watched {
  const steps: LoginStep[] = [];
  const said: string[] = [];
  const troubles: string[] = [];
  return {
    steps,
    said,
    troubles,
    step: (step) => {
      steps.push(step);
      onStep(step);
    },
    say: (sentence) => void said.push(sentence),
    trouble: (sentence) => {
      if (sentence !== null) troubles.push(sentence);
    },
  };
}

/** The owner of the account types a code in. */
function approve({ emulator }: World, service: ServiceName, code: string): void {
  const approved = {
    'real-debrid': () => emulator.realDebrid.oauth.approve(code, key),
    alldebrid: () => emulator.allDebrid.pins.approve(code, key),
    torbox: () => emulator.torBox.deviceLogin.approve(code, key),
    'storage-portal': () => false,
  }[service]();
  expect(approved).toBe(true);
}

/** Approves so long after the code was shown. */
function approvedAfter(world: World, service: ServiceName, ms: number): Watched {
  return screen((step) => {
    if (step.kind !== 'code') return;
    const sinceMs = world.emulator.now();
    world.onTime = () => {
      if (world.emulator.now() - sinceMs < ms) return;
      world.onTime = () => undefined;
      approve(world, service, step.code);
    };
  });
}

async function loggedIn(world: World, watched: LoginScreen): Promise<string> {
  const { byCode } = world.login;
  if (byCode === null) throw new Error('This service has no codes.');
  return byCode(watched, never);
}

async function keep({ file, clock }: World, secret: string): Promise<void> {
  await new SecretFile({ file, account: 'mine', atStart: null, clock }).replace(secret, null);
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof AppError)) throw new Error('It did not fail as it should.');
  return thrown;
}

const services = [
  ['real-debrid', 'rd-api', '/device/credentials'],
  ['alldebrid', 'ad-api', '/pin/check'],
  ['torbox', 'tb-api', '/device/token'],
] as const satisfies readonly (readonly [ServiceName, Role, string])[];

describe.each(services)('a login to %s', (service, role, pollPath) => {
  const polls = ({ emulator }: World): number =>
    emulator.log.entries.filter(({ path }) => path.endsWith(pollPath)).length;

  it('contract 12: is pending until it is approved, and gives a secret by which the account answers', async () => {
    const world = await worldOf(service);
    const watched = approvedAfter(world, service, 60_000);
    await keep(world, await loggedIn(world, watched));
    expect(watched.steps).toMatchObject([{ kind: 'code', lifetimeMs: 600_000 }]);
    // Every five seconds, as told, and not oftener.
    expect(polls(world)).toBe(12);
    expect(await world.account.state(never)).toMatchObject({ condition: 'ok' });
    const agents = world.emulator.log.entries.map(({ headers }) => headers['user-agent'] ?? '');
    for (const agent of agents) expect(agent).toMatch(/^debridfs/);
    expect(world.emulator.log.destructive()).toEqual([]);
  });

  it('contract 12: expires with its code, and says so', async () => {
    const world = await worldOf(service);
    const error = await failureOf(loggedIn(world, screen()));
    expect(error.code).toBe('timeout');
    expect(error.message).toMatch(/not approved in time.*debridfs login mine/);
    expect(polls(world)).toBeLessThanOrEqual(120);
  });

  it('contract 12: goes on when its service fails or breaks off while it is asked', async () => {
    const world = await worldOf(service);
    const path = new RegExp(`${pollPath}($|\\?)`);
    for (const action of [
      { kind: 'refuse' },
      { kind: 'status', code: 502 },
      { kind: 'html200' },
      { kind: 'malformedJson' },
      { kind: 'wrongTypes' },
    ] as const)
      world.emulator.faults.add({ at: role, path, times: 1, action });
    const watched = approvedAfter(world, service, 120_000);
    await keep(world, await loggedIn(world, watched));
    expect(watched.troubles.length).toBeGreaterThanOrEqual(3);
    expect(await world.account.state(never)).toMatchObject({ condition: 'ok' });
  });

  it('contract 12: asks less often once it is told to, and as late as it is told', async () => {
    const world = await worldOf(service);
    const path = new RegExp(`${pollPath}($|\\?)`);
    const action = { kind: 'status', code: 429, headers: { 'Retry-After': '90' } } as const;
    world.emulator.faults.add({ at: role, path, times: 1, action });
    await loggedIn(world, approvedAfter(world, service, 110_000));
    // At 5 s, refused; at 95 s; from then on every ten seconds.
    expect(polls(world)).toBe(4);
  });

  it('contract 12: ends at once when it is given up', async () => {
    const world = await worldOf(service);
    const giveUp = new AbortController();
    const login = world.login.byCode?.(
      screen(() => giveUp.abort()),
      giveUp.signal,
    );
    expect((await failureOf(login ?? Promise.resolve())).code).toBe('aborted');
    expect(polls(world)).toBe(0);
  });

  it('contract 12: whose key is changed goes on with the next one, in the same client', async () => {
    const world = await worldOf(service);
    await keep(world, key);
    expect(await world.account.state(never)).toMatchObject({ condition: 'ok' });
    world.emulator.world.rotateKey(key, 'another');
    expect(await world.account.state(never)).toMatchObject({
      condition: 'rejected',
      detail: expect.stringContaining('debridfs login mine') as string,
    });
    // As a hand would write it.
    writeFileSync(world.file, 'another\n');
    expect(await world.account.state(never)).toMatchObject({ condition: 'ok' });
    expect(world.told).toContain('another');
  });
});

describe('a key that the user has', () => {
  it.each([...services.map(([service]) => service), 'storage-portal' as const])(
    'contract 12: is asked about once at %s, and one that is refused is no login',
    async (service) => {
      const world = await worldOf(service);
      const good = service === 'storage-portal' ? portalKey : key;
      expect(await world.login.byKey(good, screen(), never)).toBe(good);
      const error = await failureOf(world.login.byKey('nobody', screen(), never));
      expect([error.code, error.message]).toEqual([
        'token-rejected',
        expect.stringMatching(service === 'alldebrid' ? /does not accept/ : /Nothing was kept/),
      ]);
      expect(world.emulator.log.destructive()).toEqual([]);
      expect((await failureOf(world.login.byKey('two words', screen(), never))).code).toBe('token-rejected');
    },
  );
});

describe('a place that AllDebrid does not know', () => {
  const blocked = async (): Promise<World> => {
    const world = await worldOf('alldebrid');
    world.emulator.allDebrid.accounts.get(key).needsVerification = true;
    return world;
  };
  const decided = (world: World, state: 'allowed' | 'denied', afterMs: number): Watched =>
    screen((step) => {
      if (step.kind === 'code') {
        approve(world, 'alldebrid', step.code);
        return;
      }
      const sinceMs = world.emulator.now();
      world.onTime = () => {
        const { allDebrid } = world.emulator;
        if (world.emulator.now() - sinceMs >= afterMs)
          allDebrid.verifications.decide(allDebrid.accounts.get(key), state);
      };
    });

  it('contract 12: is allowed by the link in a mail, which is sent once more after a while', async () => {
    const world = await blocked();
    const watched = decided(world, 'allowed', 400_000);
    const secret = await loggedIn(world, watched);
    expect(secret).toBe(key);
    expect(watched.steps.map(({ kind }) => kind)).toEqual(['code', 'mail']);
    expect(watched.said).toHaveLength(1);
    const resent = world.emulator.log.entries.filter(({ path }) => path.endsWith('/verif/resend'));
    expect(resent).toHaveLength(1);
    await keep(world, secret);
    expect(await world.account.state(never)).toMatchObject({ condition: 'ok' });
  });

  it('contract 12: is allowed for a key that is typed in as well', async () => {
    const world = await blocked();
    expect(await world.login.byKey(key, decided(world, 'allowed', 20_000), never)).toBe(key);
  });

  it('contract 12: is denied by the link in the mail, or by nobody who follows it', async () => {
    const denied = await blocked();
    const error = await failureOf(loggedIn(denied, decided(denied, 'denied', 20_000)));
    expect([error.code, error.message]).toEqual(['token-rejected', expect.stringMatching(/denied/)]);
    const ignored = await blocked();
    const late = await failureOf(loggedIn(ignored, decided(ignored, 'allowed', Infinity)));
    expect([late.code, late.message]).toEqual(['timeout', expect.stringMatching(/mail was not followed/)]);
  });
});

describe('a login that Real-Debrid renews', () => {
  const tokenCalls = ({ emulator }: World): number =>
    emulator.log.entries.filter(({ path }) => path === '/oauth/v2/token').length;
  const kept = ({ file }: World): OAuthSecret | null => decodeOAuthSecret(readFileSync(file, 'utf8').trim());
  const loggedInWorld = async (): Promise<World> => {
    const world = await worldOf('real-debrid');
    await keep(world, await loggedIn(world, approvedAfter(world, 'real-debrid', 5_000)));
    world.emulator.log.clear();
    return world;
  };

  it('contract 12: is renewed five minutes before its end, once for all who ask, and kept', async () => {
    const world = await loggedInWorld();
    const first = kept(world);
    world.emulator.advance(86_400_000 - 310_000);
    await world.account.state(never);
    expect(tokenCalls(world)).toBe(0);
    world.emulator.advance(20_000);
    const states = await Promise.all([1, 2, 3].map(() => world.account.state(never)));
    expect(states.map(({ condition }) => condition)).toEqual(['ok', 'ok', 'ok']);
    expect(tokenCalls(world)).toBe(1);
    const second = kept(world);
    expect(second?.accessToken).not.toBe(first?.accessToken);
    expect(second?.refreshToken).toBe(first?.refreshToken);
    expect(statSync(world.file).mode & 0o777).toBe(0o600);
    expect(world.told).toContain(second?.accessToken);
    expect(world.told).toContain(second?.clientSecret);
  });

  it('contract 12: is renewed once when its token is refused, and the call is made again', async () => {
    const world = await loggedInWorld();
    const login = kept(world);
    if (login === null) throw new Error('There is no login.');
    writeFileSync(world.file, JSON.stringify({ form: 'oauth-1', ...login, accessToken: 'ended-early' }));
    const states = await Promise.all([1, 2].map(() => world.account.state(never)));
    expect(states.map(({ condition }) => condition)).toEqual(['ok', 'ok']);
    expect(tokenCalls(world)).toBe(1);
    const path = /\/user$/;
    const action = { kind: 'status', code: 401, body: '{"error":"bad_token","error_code":8}' } as const;
    world.emulator.faults.add({ at: 'rd-api', path, action });
    world.emulator.log.clear();
    // One that was made just now and is refused would be no better anew.
    expect(await world.account.state(never)).toMatchObject({ condition: 'rejected' });
    expect(tokenCalls(world)).toBe(0);
  });

  it('contract 12: that was revoked is rejected, is not renewed for an hour, and goes on after another login', async () => {
    const world = await loggedInWorld();
    world.emulator.realDebrid.oauth.revoke(key);
    const rejected = {
      condition: 'rejected',
      detail: expect.stringMatching(/has ended the login.*`debridfs login mine`/) as string,
    };
    expect(await world.account.state(never)).toMatchObject(rejected);
    expect(await world.account.state(never)).toMatchObject(rejected);
    expect(tokenCalls(world)).toBe(1);
    world.emulator.advance(3_600_000);
    expect(await world.account.state(never)).toMatchObject(rejected);
    expect(tokenCalls(world)).toBe(2);
    await keep(world, await loggedIn(world, approvedAfter(world, 'real-debrid', 5_000)));
    expect(await world.account.state(never)).toMatchObject({ condition: 'ok' });
  });

  it('contract 12: goes on with the old token while it cannot be renewed, and is not rejected for that', async () => {
    const world = await loggedInWorld();
    const path = /\/oauth\/v2\/token/;
    world.emulator.faults.add({ at: 'rd-api', path, action: { kind: 'status', code: 503 } });
    world.emulator.advance(86_400_000 - 60_000);
    expect(await world.account.state(never)).toMatchObject({ condition: 'ok' });
    world.emulator.advance(120_000);
    expect((await failureOf(world.account.state(never))).code).toBe('service-down');
  });

  it('contract 12: is not written over a login that came while it was renewed', async () => {
    const world = await loggedInWorld();
    world.emulator.advance(86_400_000 - 60_000);
    const path = /\/oauth\/v2\/token/;
    world.emulator.faults.add({ at: 'rd-api', path, times: 1, action: { kind: 'delayHeaders', ms: 300 } });
    const renewing = world.account.state(never);
    await expect.poll(() => tokenCalls(world)).toBe(1);
    await keep(world, key);
    await renewing;
    expect(readFileSync(world.file, 'utf8')).toBe(`${key}\n`);
    expect(await world.account.state(never)).toMatchObject({ condition: 'ok' });
  });
});
