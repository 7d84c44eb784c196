import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formsOf } from '../../src/core/secret-forms.js';
import { startEmulator } from '../../src/emulator/emulator.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { singleFile } from '../../src/emulator/world.js';
import { debridfs, DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, run } from '../support/mount-harness.js';
import { until } from '../support/mounted-program.js';

/** With signs that mean something in URLs, JSON, pages and replacements, and of lengths that differ in Base64. */
const tokens = {
  'real-debrid': 'rdT0k3n+a/b=c&d%2F$&"q\'<x>?',
  alldebrid: 'adT0k3n+a/b=c&d%2F$1"q\'<x>?#',
  torbox: 'tbT0k3n+a/b=c&d%2F$$"q\'<x>?;,',
} as const;
const serverPassword = 'srvP4ss w0rd:+/%&"';
const proxyPassword = 'prxP4ss:w0rd/?#&+';
const services = ['real-debrid', 'alldebrid', 'torbox'] as const;
const roles = { 'real-debrid': 'rd', alldebrid: 'ad', torbox: 'tb' } as const;

/** A proxy that lets those through who know the password. */
async function startProxy(): Promise<{ readonly url: string; readonly tunnels: () => number }> {
  let tunnels = 0;
  const sockets = new Set<Socket>();
  const login = `Basic ${Buffer.from(`somebody:${proxyPassword}`).toString('base64')}`;
  const server = createServer((client) => {
    sockets.add(client.on('error', () => undefined));
    client.once('data', (bytes) => {
      const head = bytes.toString();
      if (!head.includes(login)) {
        client.end(`HTTP/1.1 407 No ${proxyPassword}\r\n\r\n`);
        return;
      }
      tunnels += 1;
      const port = Number(/^CONNECT [^ ]+:(\d+) /.exec(head)?.[1]);
      const upstream = connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      sockets.add(upstream.on('error', () => client.destroy()));
      client.on('close', () => upstream.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const password = encodeURIComponent(proxyPassword);
  return {
    url: `http://somebody:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels: () => tunnels,
  };
}

/** What services were seen to do with a request: to send it back. */
function echoes(secret: string): FaultAction[] {
  const said = formsOf(secret).join(' ');
  const json = { 'content-type': 'application/json' };
  const refusal = JSON.stringify({
    success: false,
    status: 'error',
    error: { code: said, message: said },
    detail: said,
    data: null,
  });
  const rdRefusal = JSON.stringify({ error: said, error_code: 8 });
  return [
    { kind: 'status', code: 401, headers: json, body: rdRefusal },
    { kind: 'status', code: 403, headers: json, body: refusal },
    {
      kind: 'status',
      code: 500,
      headers: { 'x-error': encodeURIComponent(secret) },
      body: `<html>${said}</html>`,
    },
    { kind: 'status', code: 200, headers: json, body: refusal },
    { kind: 'status', code: 200, headers: json, body: said },
    { kind: 'redirect', code: 302, to: `gopher://x/?token=${encodeURIComponent(secret)}` },
    { kind: 'redirect', code: 302, to: `http://127.0.0.1:1/${encodeURIComponent(secret)}` },
  ];
}

/** Ends the program by a defect whose error holds everything. */
const crash = `
process.on('SIGUSR2', () => {
  const error = new TypeError('Invalid URL: ' + process.env.SAID);
  error.input = process.env.SAID.split('\\n');
  error.cause = new Error(process.env.SAID);
  Promise.reject(error);
});`;

describe('secrets', { timeout: 120_000 }, () => {
  it('are in no log, answer, status, file or last words, whatever services do with them', async () => {
    const torrents = services.map((service) => singleFile(`Film.of.${service}.2010.mkv`, 40_000_000));
    const emulator = await startEmulator({
      realtime: true,
      world: {
        accounts: services.map((service, index) => ({
          service,
          token: tokens[service],
          items: torrents.slice(index, index + 1).map((torrent) => ({ torrent })),
        })),
      },
    });
    const proxy = await startProxy();
    const folder = await mkdtemp(join(tmpdir(), 'debridfs-secrets-'));
    const [mountpoint, stateDir, secretDir] = ['mnt', 'state', 'secret'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await mkdir(secretDir, { mode: 0o700 });
    const config = join(secretDir, 'config.yaml');
    await writeFile(join(secretDir, 'torbox'), `${tokens.torbox}\n`, { mode: 0o600 });
    await writeFile(join(secretDir, 'crash.cjs'), crash);
    await writeFile(
      config,
      `mountpoint: ${mountpoint}
stateDir: ${stateDir}
accounts:
  - { name: real-debrid, service: real-debrid, token: ${JSON.stringify(tokens['real-debrid'])}, proxy: ${JSON.stringify(proxy.url)}, apiUrl: ${emulator.apiUrl('real-debrid')} }
  - { name: alldebrid, service: alldebrid, token: "\${AD_TOKEN}", apiUrl: ${emulator.apiUrl('alldebrid')} }
  - { name: torbox, service: torbox, tokenFile: ${join(secretDir, 'torbox')}, apiUrl: ${emulator.apiUrl('torbox')} }
server: { listen: "127.0.0.1:0", password: ${JSON.stringify(serverPassword)} }
cache: { dir: ${join(folder, 'cache')}, maxSize: 50MiB }
read: { patience: 1s }
log: { level: trace, format: json }
`,
      { mode: 0o600 },
    );
    const secrets = [...Object.values(tokens), serverPassword, proxyPassword];
    const env = { AD_TOKEN: tokens.alldebrid };
    const running = new DebridfsProcess(['--config', config, 'mount'], {
      ...env,
      NODE_OPTIONS: `--require ${join(secretDir, 'crash.cjs')}`,
      SAID: secrets.flatMap(formsOf).join('\n'),
    });
    onTestFinished(async () => {
      await running.end('SIGKILL');
      if (await isMounted(mountpoint)) await run('fusermount3', '-uz', mountpoint);
      await emulator.stop();
      await rm(folder, { recursive: true });
    });
    await running.line('"msg":"mounted"');

    const said = new Map<string, string>();
    const tell = (what: string, text: string): void =>
      void said.set(what, `${said.get(what) ?? ''}\n${text}`);
    const command = async (...args: string[]): Promise<void> => {
      const { output } = await debridfs(['--config', config, ...args], env);
      tell(`debridfs ${args[0] ?? ''}`, output);
    };
    const films = services.map((service) => `accounts/${service}/Film.of.${service}.2010`);
    await until('every film', async () => {
      const listings = await Promise.all(films.map((film) => run('ls', join(mountpoint, film))));
      return listings.every(({ code }) => code === 0);
    });
    let offset = 0;
    const readFilms = async (): Promise<void> => {
      offset += 2_000_000;
      const read = async (film: string): Promise<void> => {
        const file = join(mountpoint, film, `${basename(film)}.mkv`);
        const { stderr } = await run(
          'dd',
          `if=${file}`,
          'of=/dev/null',
          'bs=1000',
          'count=1',
          `skip=${offset / 1000}`,
        );
        tell('a reader', stderr);
      };
      await Promise.all(films.map(read));
    };
    const askServer = async (): Promise<void> => {
      const { server } = JSON.parse(await readFile(join(stateDir, 'run.json'), 'utf8')) as { server: string };
      const login = Buffer.from(`x:${serverPassword}`).toString('base64');
      // A wrong one once only: after ten of them each answer takes a second.
      const logins = [`Basic ${login}`, ...(said.has('GET /') ? [] : ['Basic eDp4']), ''];
      for (const path of ['/', '/api/status', '/readyz', '/healthz', '/metrics', '/nothing']) {
        for (const authorization of logins) {
          const answer = await fetch(`${server}${path}`, { headers: { authorization } });
          tell(`GET ${path}`, `${JSON.stringify([...answer.headers])} ${await answer.text()}`);
        }
      }
    };
    const lookAround = async (film: string): Promise<void> => {
      await command('status', '--json');
      await command('explain', `/${film}/${basename(film)}.mkv`);
      await askServer();
    };

    await readFilms();
    for (const film of films) await lookAround(film);
    expect(proxy.tunnels()).toBeGreaterThan(1);
    const links = services.flatMap((service) =>
      emulator.log.find({ role: `${roles[service]}-cdn` }).map(({ path, query }) => `${path}?${query}`),
    );
    expect(links.length).toBeGreaterThanOrEqual(3);
    const linkSecrets = [...new Set(links.flatMap((link) => link.match(/[\w-]{12,}/g) ?? []))].filter(
      (word) => !word.includes('Film') && !/^[a-z-]+$/.test(word),
    );
    expect(linkSecrets.length).toBeGreaterThanOrEqual(3);

    const kinds = echoes('').length;
    for (let kind = 0; kind < kinds; kind += 1) {
      for (const service of services) {
        const secret = tokens[service];
        const [atApi, atHost] = [echoes(secret)[kind], echoes(`${secret} ${linkSecrets.join(' ')}`)[kind]];
        if (atApi !== undefined) emulator.faults.add({ at: `${roles[service]}-api`, action: atApi });
        if (atHost !== undefined) emulator.faults.add({ at: `${roles[service]}-cdn`, action: atHost });
      }
      await command('sync');
      await readFilms();
      await lookAround(films[kind % films.length] ?? '');
      if (kind === 0) await command('doctor');
      emulator.faults.clear();
    }
    await command('ls', '/');
    running.child.kill('SIGUSR2');
    expect(await running.exited).toBe(1);
    await command('ls', '/');
    await command('status');
    tell('its log and its last words', running.output);
    expect(running.output).toContain('It crashed: TypeError: Invalid URL: ***');

    const files: string[] = [];
    for (const place of [stateDir, join(folder, 'cache')])
      for (const entry of await readdir(place, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) files.push(join(entry.parentPath, entry.name));
    expect(files.map((file) => basename(file))).toEqual(
      expect.arrayContaining(['library.db', 'run.json', 'debridfs-blocks']),
    );
    let isLinkKept = false;
    for (const file of files) {
      const text = await readFile(file, 'latin1');
      const isLibrary = /library\.db(-wal|-shm)?$/.test(file);
      if (isLibrary) isLinkKept ||= linkSecrets.some((word) => text.includes(word));
      if (isLibrary) expect((await stat(file)).mode & 0o077, file).toBe(0);
      said.set(isLibrary ? `library ${file}` : file, text);
    }
    expect(isLinkKept).toBe(true);

    const everySecret = [...secrets.flatMap(formsOf), ...linkSecrets].map((form) => form.toLowerCase());
    const mayHold = (what: string, form: string): boolean =>
      what.startsWith('library ') && linkSecrets.some((word) => word.toLowerCase() === form);
    const found = [...said].flatMap(([what, text]) => {
      const small = text.toLowerCase();
      return everySecret
        .filter((form) => small.includes(form) && !mayHold(what, form))
        .map(
          (form) =>
            `${form} in ${what}: …${text.slice(Math.max(0, small.indexOf(form) - 200)).slice(0, 400)}`,
        );
    });
    expect(found).toEqual([]);
    expect([...said.keys()].filter((what) => what.startsWith('debridfs ')).sort()).toEqual([
      'debridfs doctor',
      'debridfs explain',
      'debridfs ls',
      'debridfs status',
      'debridfs sync',
    ]);
  });
});
