import { createHash } from 'node:crypto';

/** A .torrent file of one film, and its infohash. */
export function torrentFileOf(name: string): { readonly bytes: Buffer; readonly hash: string } {
  const info = `d6:lengthi1001e4:name${Buffer.byteLength(name)}:${name}12:piece lengthi16384e6:pieces20:${'0'.repeat(20)}e`;
  return {
    bytes: Buffer.from(`d8:announce14:http://t.test/4:info${info}e`),
    hash: createHash('sha1').update(info).digest('hex'),
  };
}
