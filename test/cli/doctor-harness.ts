import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { FakeMediaServer } from '../notify/fake-media-server.js';
import { CliHarness, type CliResult } from './harness.js';

export const token = 'secret-token-1';
/** Folders of the mount as targets with `mapped` see them. */
export const films = ['/media/movies', '/media/shows'];
export const mapped = 'pathMap: { /mnt/media: /media }';

export function plexAt({ url }: FakeMediaServer, rest = mapped): string {
  return `kind: plex, url: "${url}", token: ${token}, ${rest}`;
}

/** `debridfs doctor` with targets to look at. */
export class DoctorHarness extends CliHarness {
  /** @param notify each as YAML, without its braces. @param more further keys of the configuration. */
  configure(notify: readonly string[], more = ''): void {
    const yaml = `mountpoint: /mnt/media
stateDir: state
accounts: [{ name: rd, service: real-debrid, token: the-token }]
notify: [${notify.map((target) => `{ ${target} }`).join(', ')}]
${more}`;
    writeFileSync(join(this.dir, 'config.yaml'), yaml, { mode: 0o600 });
    this.env['DEBRIDFS_CONFIG'] = join(this.dir, 'config.yaml');
  }

  /** What is said of the targets. */
  async linesOf(notify: readonly string[], more = ''): Promise<readonly string[]> {
    this.configure(notify, more);
    return said(await this.run('doctor'));
  }

  async lineOf(target: string, more = ''): Promise<string> {
    const [line = '', ...others] = await this.linesOf([target], more);
    expect(others).toEqual([]);
    return line;
  }
}

/** What the doctor said of targets, without their addresses, which are other ones each time. */
export function said({ out }: CliResult): readonly string[] {
  expect(out).not.toContain(token);
  const lines = out.split('\n').filter((line) => line.includes('  notify '));
  return lines.map((line) => line.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST'));
}
