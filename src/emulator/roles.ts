/** One listener. A role with several hosts (`rd-cdn`) is every name that begins with it. */
export type HostName =
  | 'rd-api'
  | 'rd-cdn-a'
  | 'rd-cdn-b'
  | 'rd-cdn-c'
  | 'ad-api'
  | 'ad-cdn'
  | 'tb-api'
  | 'tb-cdn-a'
  | 'tb-cdn-b'
  | 'obb-api'
  | 'obb-cdn'
  | 'neko';

/** What a listener stands for. */
export type Role =
  'rd-api' | 'rd-cdn' | 'ad-api' | 'ad-cdn' | 'tb-api' | 'tb-cdn' | 'obb-api' | 'obb-cdn' | 'neko';

const rolesByHost: Readonly<Record<HostName, Role>> = {
  'rd-api': 'rd-api',
  'rd-cdn-a': 'rd-cdn',
  'rd-cdn-b': 'rd-cdn',
  'rd-cdn-c': 'rd-cdn',
  'ad-api': 'ad-api',
  'ad-cdn': 'ad-cdn',
  'tb-api': 'tb-api',
  'tb-cdn-a': 'tb-cdn',
  'tb-cdn-b': 'tb-cdn',
  'obb-api': 'obb-api',
  'obb-cdn': 'obb-cdn',
  neko: 'neko',
};

export function roleOf(host: HostName): Role {
  return rolesByHost[host];
}

/** Every name that a rule may give: roles, and single hosts of a role. */
export const places: readonly string[] = [
  ...new Set(Object.entries(rolesByHost).flatMap(([host, role]) => [role, host])),
];

export function isPlace(text: string): text is Role | HostName {
  return places.includes(text);
}
