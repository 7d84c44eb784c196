import { emptyReply, jsonReply, Refused, type Headers, type Reply } from '../reply.js';

/** JSON as Real-Debrid prints it, indented with tabs. */
export function json(value: unknown, headers: Headers = {}, status = 200): Reply {
  return jsonReply(status, value, '\t', headers);
}

/** An error in Real-Debrid's envelope, to be thrown. */
export function refused(
  status: number,
  code: number,
  slug: string,
  details?: string,
  headers?: Headers,
): Refused {
  const body = {
    error: slug,
    ...(details === undefined ? {} : { error_details: details }),
    error_code: code,
  };
  return new Refused(json(body, headers, status));
}

export function missing(field: string, status = 400): Refused {
  return refused(status, 1, 'parameter_missing', `{${field}} is missing`);
}

export function unknownResource(): Refused {
  return refused(404, 7, 'unknown_ressource');
}

/** One page of a list: 204 past its end, `X-Total-Count` always (documented and observed). */
export function page<Row>(
  rows: readonly Row[],
  query: URLSearchParams,
  shape: (row: Row) => object,
): { readonly reply: Reply; readonly isLast: boolean } {
  const limit = wholeNumber(query.get('limit'), 100);
  const pageNumber = wholeNumber(query.get('page'), 0);
  const offset = pageNumber >= 1 ? (pageNumber - 1) * limit : wholeNumber(query.get('offset'), 0);
  if (limit > 5000) throw refused(400, 2, 'parameter_bad_value', 'limit is over 5000');
  const slice = rows.slice(offset, offset + limit);
  const headers = { 'X-Total-Count': String(rows.length) };
  const reply = slice.length === 0 ? emptyReply(204, headers) : json(slice.map(shape), headers);
  return { reply, isLast: offset + slice.length >= rows.length };
}

function wholeNumber(text: string | null, otherwise: number): number {
  if (text === null || text === '') return otherwise;
  if (!/^\d{1,15}$/.test(text)) throw refused(400, 2, 'parameter_bad_value');
  return Number(text);
}
