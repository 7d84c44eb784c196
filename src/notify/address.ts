/** Addresses, which may hold a user name and a password. */

/** The address below a base that may have a path of its own (`https://home.example/plex`). */
export function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/+$/, '') + path;
  url.search = '';
  url.hash = '';
  url.username = '';
  url.password = '';
  return url;
}

/** `Authorization: Basic` for the user name and password of an address; null where it has none. */
export function basicLogin({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const login = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

/** What a part of an address means: as it stands where its `%` means nothing. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An address (`smb://user:password@nas/films`) without its login, which Kodi leaves out of some. */
export function withoutLogin(folder: string): string {
  return folder.replace(/^([a-z][\w+.-]*:\/\/)[^/]*@/i, '$1');
}
