import { randomBytes } from 'node:crypto';

/** A field of a form: a text, or a file with its name. */
export type FormField =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly fileName: string; readonly bytes: Uint8Array };

/** A form as `multipart/form-data` (RFC 7578). Names are ours: they hold neither quotes nor line ends. */
export function multipart(fields: readonly FormField[]): {
  readonly contentType: string;
  readonly body: Uint8Array;
} {
  // 128 bits of chance are in no file.
  const boundary = `debridfs-${randomBytes(16).toString('hex')}`;
  const pieces = fields.flatMap((field) => {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${field.name}"`;
    if ('value' in field) return [Buffer.from(`${head}\r\n\r\n${field.value}\r\n`)];
    const type = 'content-type: application/x-bittorrent';
    return [
      Buffer.from(`${head}; filename="${field.fileName}"\r\n${type}\r\n\r\n`),
      field.bytes,
      Buffer.from('\r\n'),
    ];
  });
  const body = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}
