import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeAddress } from '../../src/cli/doctor/notify-checks.js';
import { judgeTrouble } from '../../src/cli/doctor/notify-troubles.js';
import { Secret } from '../../src/config/secret.js';
import { AppError } from '../../src/core/errors.js';
import { asKodi, asMediaBrowser, asPlex, fakeMediaServer, type Answer } from '../notify/fake-media-server.js';
import { FakeClock } from '../support/fake-clock.js';
import { DoctorHarness, films, mapped, plexAt, said, token } from './doctor-harness.js';

let cli: DoctorHarness;

beforeEach(() => {
  cli = new DoctorHarness();
});

afterEach(() => cli.remove());

describe('doctor, of a media server that cannot be told,', () => {
  const page: Answer = { body: '<html><form action="/login">', headers: { 'content-type': 'text/html' } };

  it.each<[string, string, Answer, RegExp]>([
    ['refuses its token', '', { status: 401, body: token }, /refuses the token → .*X-Plex-Token/],
    ['refuses everybody', '', { status: 403 }, /refuses the token → /],
    [
      'leads to a login page',
      '',
      { status: 302, headers: { location: `https://auth.example/login?rd=${token}` } },
      /leads elsewhere \(302\): to https:\/\/auth\.example\/login → .*A login before it/,
    ],
    [
      'is below another path',
      '',
      { status: 302, headers: { location: '/plex/web' } },
      /\(302\): to http:\/\/HOST\/plex\/web → Where that is its own address/,
    ],
    ['sends nobody anywhere', '', { status: 302 }, /leads elsewhere \(302\) → /],
    [
      'lacks a path',
      '',
      { status: 404 },
      /has nothing at this address \(404\) → See whether `url` needs a path, such as \/plex/,
    ],
    [
      'has a path too many',
      '/plex/',
      { status: 404 },
      /has nothing at this address \(404\) → See whether \/plex belongs into `url`/,
    ],
    ['asks for https', '', { status: 400 }, /\(400\) → .*https:/],
    ['is just starting', '', { status: 503 }, /trouble of its own \(503\) → See its log/],
    ['shows a login page', '', page, /does not answer as plex does → See in a browser/],
    ['sends nothing', '', {}, /does not answer as plex does → /],
    ['sends no end of it', '', { body: 'x'.repeat(5 * 2 ** 20) }, /does not answer as plex does → /],
    [
      'sends other JSON',
      '',
      { body: { MediaContainer: { Directory: [null, 1, { key: {} }] } } },
      /names no folder of its libraries → .*owner of the server/,
    ],
  ])('names the remedy where it %s', async (_name, path, answer, expected) => {
    const server = await fakeMediaServer(() => answer);
    const line = await cli.lineOf(`kind: plex, url: "${server.url}${path}", token: ${token}, ${mapped}`);
    expect(line).toMatch(/^fail {2}notify plex at HOST: /);
    expect(line).toMatch(expected);
  });

  it('says where to get what each of them lets in by', async () => {
    const jellyfin = await fakeMediaServer(asMediaBrowser('jellyfin', 'another', films));
    const emby = await fakeMediaServer(asMediaBrowser('emby', 'another', films));
    const kodi = await fakeMediaServer(asKodi('kodi:another', films));
    const lines = await cli.linesOf([
      `kind: jellyfin, url: "${jellyfin.url}", token: ${token}`,
      `kind: emby, url: "${emby.url}", token: ${token}`,
      `kind: kodi, url: "${kodi.url.replace('//', `//kodi:${token}@`)}"`,
    ]);
    expect(lines[0]).toMatch(/^fail .*refuses the token → .*Dashboard → API Keys/);
    expect(lines[1]).toMatch(/^fail .*refuses the token → .*Settings → API Keys/);
    expect(lines[2]).toMatch(
      /^fail .*refuses the user name and password → .*http:\/\/USER:PASSWORD@HOST:8080$/,
    );
  });

  it('says that nobody is there, or that it speaks without https', async () => {
    const [plex, kodi] = await cli.linesOf([
      `kind: plex, url: "http://127.0.0.1:1", token: ${token}`,
      `kind: kodi, url: "http://127.0.0.1:1"`,
    ]);
    expect(plex).toMatch(/cannot be reached \(ECONNREFUSED\) → See whether it runs, and whether `url`/);
    expect(kodi).toMatch(/cannot be reached \(ECONNREFUSED\) → .*controlled by HTTP/);
    const server = await fakeMediaServer(asPlex(token, films));
    expect(await cli.lineOf(plexAt({ ...server, url: server.url.replace('http:', 'https:') }))).toMatch(
      /hangs up \(\w+\) → See whether `url` has to begin with https/,
    );
  });

  it.each([
    ['ENOTFOUND', 'has a name that nobody here knows', 'name of the other one'],
    ['EAI_AGAIN', 'has a name that nobody here knows', 'name of the other one'],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'has a certificate that does not hold',
      'name that the certificate is for',
    ],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'has a certificate that does not hold', 'begin it with http://'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'has a certificate that does not hold', 'begin it with http://'],
    ['UND_ERR_SOCKET', 'hangs up', 'begin with https://'],
    ['EHOSTUNREACH', 'cannot be reached', 'address and port'],
  ])('names the remedy for %s', (cause, detail, remedy) => {
    const target = { kind: 'plex', url: new Secret('http://plex:32400') } as const;
    const finding = judgeTrouble(target, new AppError('network', 'It is away.', { context: { cause } }));
    expect(finding.detail).toContain(detail);
    expect(finding.detail).toContain(`(${cause})`);
    expect(finding.remedy).toContain(remedy);
  });

  it('waits five seconds for all of them together', async () => {
    const clock = new FakeClock();
    cli.clock = clock;
    const hanging = await fakeMediaServer(() => ({ hangs: true }));
    cli.configure([
      plexAt(hanging),
      `kind: jellyfin, url: "${hanging.url}", token: ${token}`,
      `kind: webhook, url: "${hanging.url}"`,
    ]);
    const running = cli.run('doctor');
    await expect.poll(() => hanging.received.length).toBe(3);
    await clock.advance(5_000);
    const lines = said(await running);
    expect(lines).toHaveLength(3);
    for (const line of lines)
      expect(line).toMatch(/^fail .*does not answer → See whether it runs and is awake/);
  });

  it.each([
    ['http://203.0.113.7:32400', token, 'token'],
    ['http://me:hunter22@203.0.113.7', null, 'password'],
    ['http://[2001:db8::1]/', token, 'token'],
    ['http://203.0.113.7', null, null],
    ['https://203.0.113.7', token, null],
    ['http://192.168.1.7:32400', token, null],
    ['http://plex:32400', token, null],
  ])(
    'warns of what would go through the internet for all to read: to %s with %s, %s',
    async (url, key, secret) => {
      const found = await judgeAddress({
        url: new Secret(url),
        token: key === null ? null : new Secret(key),
      });
      if (secret === null) expect(found).toBeNull();
      else
        expect(found).toMatchObject({
          verdict: 'warn',
          detail: expect.stringContaining(`its ${secret} goes`) as string,
        });
    },
  );
});
