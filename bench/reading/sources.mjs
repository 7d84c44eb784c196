/** How the reader gets at bytes: through a mount, or by asking the server itself. */
import { open } from 'node:fs/promises';
import { Agent, request } from 'undici';

const agent = new Agent({ connections: 16 });

async function openFile(path) {
  const handle = await open(path);
  return {
    /** @returns how many bytes were read; fewer than wanted only at the end of the file. */
    async read(buffer, offset, length) {
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    close: () => handle.close(),
  };
}

/** The body of one ranged request. */
export async function requestRange(url, start, end) {
  const { statusCode, body } = await request(url, {
    dispatcher: agent,
    headers: { range: `bytes=${start}-${end - 1}` },
  });
  if (statusCode !== 206) throw new Error(`${url} answered with ${statusCode}`);
  return body;
}

const openUrl = (url) => ({
  async read(buffer, offset, length) {
    let filled = 0;
    for await (const bytes of await requestRange(url, offset, offset + length)) {
      filled += bytes.copy(buffer, filled);
    }
    return filled;
  },
  async close() {},
});

/** @param target what a client's `target` gave. */
export const openTarget = ({ path, url }) => (path === undefined ? openUrl(url) : openFile(path));
