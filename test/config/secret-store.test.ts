import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SecretFile } from '../../src/config/secret-store.js';
import { createLearningScrubber, createScrubber } from '../../src/config/scrub.js';
import { systemClock } from '../../src/core/clock.js';
import {
  decodeOAuthSecret,
  encodeOAuthSecret,
  secretsIn,
  type OAuthSecret,
} from '../../src/core/oauth-secret.js';

let folder: string;
let file: string;
let place: SecretFile;
const another = (): SecretFile => new SecretFile({ file, account: 'a', atStart: null, clock: systemClock });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debridfs-secret-'));
  file = join(folder, 'state', 'secrets', 'a');
  place = another();
});
afterEach(() => rmSync(folder, { recursive: true }));

const login: OAuthSecret = {
  clientId: 'client-id',
  clientSecret: 'client-secret',
  refreshToken: 'refresh-token',
  accessToken: 'access-token',
  expiresMs: 1,
};

it('a secret that another process puts there is read, whoever wrote it and however', async () => {
  expect(await place.read()).toBeNull();
  await another().replace('first', null);
  expect(await place.read()).toBe('first');
  writeFileSync(file, ' by hand \n');
  expect(await place.read()).toBe('by hand');
  rmSync(file);
  expect(await place.read()).toBeNull();
});

it('what is renewed does not take the place of a login that came meanwhile', async () => {
  await place.replace('old', null);
  await another().replace('login', null);
  expect(await place.replace('renewed', 'old')).toBe(false);
  expect(await place.read()).toBe('login');
  expect(await place.replace('renewed', 'login')).toBe(true);
  expect(await place.read()).toBe('renewed');
});

it('of many writers that replace the same secret one wins, and no file is left besides', async () => {
  await place.replace('old', null);
  const names = Array.from({ length: 20 }, (_, number) => `writer-${number}`);
  const won = await Promise.all(names.map((name) => another().replace(name, 'old')));
  expect(won.filter(Boolean)).toHaveLength(1);
  expect(await place.read()).toBe(names[won.indexOf(true)]);
  expect(readdirSync(join(file, '..'))).toEqual(['a']);
});

it('a secret that everybody could read is its owner’s alone once it is replaced', async () => {
  await place.replace('old', null);
  chmodSync(file, 0o644);
  await place.replace('new', 'old');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
});

it('a lock that a killed process left holds nobody up', async () => {
  await place.replace('old', null);
  writeFileSync(`${file}.lock`, '');
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(`${file}.lock`, longAgo, longAgo);
  expect(await place.replace('new', 'old')).toBe(true);
});

it('a file that is no secret is told with the remedy', async () => {
  await place.replace('old', null);
  writeFileSync(file, '');
  await expect(place.read()).rejects.toThrow(/has no token: .* is empty\..*debridfs login a/);
});

it('a login that is kept is understood again, and nothing else is taken for one', () => {
  const text = encodeOAuthSecret(login);
  expect(decodeOAuthSecret(text)).toEqual(login);
  expect(text).not.toContain('\n');
  for (const other of [
    'a-bare-key',
    '{}',
    '{"form":"oauth-2"}',
    text.slice(0, -1),
    text.replace('access-token', ''),
    text.replace('"access-token"', '7'),
    text.replace('access-token', 'two words'),
  ])
    expect(decodeOAuthSecret(other)).toBeNull();
});

it('no part of a login that is kept or renewed reaches a log', () => {
  const { scrub, learn } = createLearningScrubber(['start-secret']);
  const secrets = [login.clientSecret, login.refreshToken, login.accessToken];
  expect(createScrubber(secretsIn(encodeOAuthSecret(login)))(secrets.join(' '))).toBe('*** *** ***');
  expect(scrub(login.accessToken)).toBe(login.accessToken);
  learn(secretsIn(encodeOAuthSecret(login)), 'rd');
  expect(scrub(`start-secret ${secrets.join(' ')}`)).toBe('*** *** *** ***');
  expect(scrub(encodeOAuthSecret(login))).not.toMatch(new RegExp(secrets.join('|')));
});

it('a login that is renewed for years makes the log and the status page no slower', () => {
  const { scrub, learn } = createLearningScrubber(['start-secret']);
  learn(['key-of-another'], 'tb');
  const renewal = (day: number): OAuthSecret => ({ ...login, accessToken: `token-of-day-${day}-end` });
  for (let day = 0; day < 1000; day += 1) learn(secretsIn(encodeOAuthSecret(renewal(day))), 'rd');
  const known = `start-secret key-of-another ${login.clientSecret} ${login.refreshToken} token-of-day-999-end`;
  expect(scrub(known)).toBe('*** *** *** *** ***');
  expect(scrub('token-of-day-990-end')).toBe('token-of-day-990-end');
});

it('a secret is whole on disk before it has its name', async () => {
  await place.replace('x'.repeat(4000), null);
  expect(readFileSync(file, 'utf8')).toBe(`${'x'.repeat(4000)}\n`);
});
