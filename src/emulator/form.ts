import type { ReceivedRequest } from './reply.js';

/** A file sent in a form. */
export interface FormFile {
  readonly field: string;
  readonly name: string;
  readonly bytes: Buffer;
}

/** What a request says, in its query and its form together. */
export class Form {
  readonly files: readonly FormFile[];
  readonly #values: readonly (readonly [string, string])[];

  constructor(values: readonly (readonly [string, string])[], files: readonly FormFile[]) {
    this.#values = values;
    this.files = files;
  }

  /** The first value of a field; an empty one counts as absent. */
  value(field: string): string | undefined {
    const found = this.#values.find(([name]) => name === field)?.[1];
    return found === '' ? undefined : found;
  }

  /** All values of a field, sent as `x`, `x[]` or `x[0]`. */
  list(field: string): string[] {
    return this.#values.filter(([name]) => name.replace(/\[\d*\]$/, '') === field).map(([, value]) => value);
  }
}

/** Reads query and body, url-encoded or multipart. */
export function readForm(request: ReceivedRequest): Form {
  const values: (readonly [string, string])[] = [...request.query];
  const files: FormFile[] = [];
  const type = request.headers['content-type'] ?? '';
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary !== undefined) {
    for (const part of multipartParts(request.body, boundary)) {
      if (part.fileName === null) values.push([part.field, part.bytes.toString('utf8')]);
      else files.push({ field: part.field, name: part.fileName, bytes: part.bytes });
    }
  } else {
    values.push(...new URLSearchParams(request.body.toString('utf8')));
  }
  return new Form(values, files);
}

interface Part {
  readonly field: string;
  readonly fileName: string | null;
  readonly bytes: Buffer;
}

function* multipartParts(body: Buffer, boundary: string): Generator<Part> {
  const marker = Buffer.from(`--${boundary}`);
  let at = body.indexOf(marker);
  while (at >= 0) {
    const next = body.indexOf(marker, at + marker.length);
    if (next < 0) return;
    const part = body.subarray(at + marker.length + 2, next - 2);
    const blank = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, Math.max(0, blank)).toString('utf8');
    const field = /[; ]name="([^"]*)"/i.exec(head)?.[1];
    if (blank >= 0 && field !== undefined) {
      const fileName = /filename="([^"]*)"/i.exec(head)?.[1] ?? null;
      yield { field, fileName, bytes: part.subarray(blank + 4) };
    }
    at = next;
  }
}
