import { isIn } from '../notify/folders.js';
import { isLoopback, parseListenAddress } from '../server/listen-address.js';
import { flag } from './fields.js';
import { absoluteAt, type Surroundings } from './places.js';
import { printable, type Problem } from './problems.js';
import { originAt, settingAt, textAt, type MapSetting } from './setting-tree.js';

/*
 * Checks over several keys. They look at the texts, so that they speak although other keys are wrong.
 */

/** Names are unique; a portal has an address; a token comes from one place. */
export function checkAccounts(root: MapSetting, problems: Problem[]): void {
  const accounts = root.entries.get('accounts');
  if (accounts?.kind !== 'list') return;
  const seen = new Set<string>();
  for (const [index, account] of accounts.items.entries()) {
    const report = (key: string, text: string): void => {
      const origin = settingAt(account, [key])?.origin ?? account.origin;
      problems.push({ path: ['accounts', index, key], origin, text });
    };
    const name = textAt(account, ['name']);
    if (name !== undefined && seen.has(name))
      report('name', `Another account has this name. Names are unique.`);
    if (name !== undefined) seen.add(name);
    if (textAt(account, ['service']) === 'storage-portal' && textAt(account, ['apiUrl']) === undefined) {
      report('apiUrl', 'A storage-portal account needs the address of its portal. Add apiUrl.');
    }
    if (textAt(account, ['token']) !== undefined && textAt(account, ['tokenFile']) !== undefined) {
      report('tokenFile', 'There is a token as well. Remove one of the two.');
    }
  }
}

/** Media servers that tell nobody anything without one. */
const wantsToken: ReadonlySet<string> = new Set(['plex', 'jellyfin', 'emby']);

/** Every target has its address and its token, or its command. */
export function checkNotify(root: MapSetting, problems: Problem[]): void {
  const targets = root.entries.get('notify');
  if (targets?.kind !== 'list') return;
  for (const [index, target] of targets.items.entries()) {
    const kind = textAt(target, ['kind']);
    if (kind !== undefined && wantsToken.has(kind) && settingAt(target, ['token']) === undefined)
      problems.push({
        path: ['notify', index, 'token'],
        origin: target.origin,
        text: `Give the token of this ${kind}.`,
      });
    const key = kind === 'command' ? 'command' : 'url';
    if (kind === undefined || settingAt(target, [key]) !== undefined) continue;
    problems.push({
      path: ['notify', index, key],
      origin: target.origin,
      text:
        kind === 'command' ? 'Give the program and its arguments as a list.' : 'Give the address to notify.',
    });
  }
}

/** What the tree has at its top, whatever the user adds. */
const ownFolders: ReadonlySet<string> = new Set(['movies', 'shows', 'anime', 'other', 'all', 'accounts']);

/** A folder of the user's is none of the tree's own, has a condition, and asks for accounts that there are. */
export function checkFolders(root: MapSetting, problems: Problem[]): void {
  const folders = root.entries.get('folders');
  if (folders?.kind !== 'list') return;
  const accounts = root.entries.get('accounts');
  const known = accounts?.kind === 'list' ? accounts.items.map((account) => textAt(account, ['name'])) : [];
  for (const [index, folder] of folders.items.entries()) {
    const report = (key: string, text: string): void => {
      const origin = settingAt(folder, [key])?.origin ?? folder.origin;
      problems.push({ path: ['folders', index, key], origin, text });
    };
    const name = textAt(folder, ['name']);
    if (name !== undefined && ownFolders.has(name.toLowerCase()))
      report('name', `The tree has a folder ${name} of its own. Choose another name.`);
    if (folder.kind !== 'map') continue;
    const keys = [...folder.entries.keys()];
    if (!keys.some((key) => key !== 'name' && key !== 'only'))
      report(
        'name',
        `Folder ${name ?? index} has no condition, so everything would match. Add one, such as kind.`,
      );
    const asked = settingAt(folder, ['account']);
    const names = asked?.kind === 'list' ? asked.items : asked === undefined ? [] : [asked];
    for (const one of names) {
      if (one.kind === 'scalar' && !known.includes(one.text))
        report('account', `There is no account "${printable(one.text)}". There are: ${known.join(', ')}.`);
    }
  }
}

/** What only a mount cannot do without. */
export function checkMount(root: MapSetting, around: Surroundings, problems: Problem[]): void {
  const place =
    around.file ?? `a configuration file, such as ${around.places.configFiles[0] ?? 'config.yaml'}`;
  const mountpoint = textAt(root, ['mountpoint']);
  if (mountpoint === undefined) {
    const text = `Missing. Say where to mount: debridfs mount MOUNTPOINT, or mountpoint in ${place}.`;
    problems.push({ path: ['mountpoint'], origin: null, text });
  } else {
    checkPlaces(root, absoluteAt(root, ['mountpoint'], mountpoint, around), around, problems);
  }
  const accounts = root.entries.get('accounts');
  if (accounts === undefined || (accounts.kind === 'list' && accounts.items.length === 0)) {
    const text = `Missing. List at least one account (name, service, token) in ${place}.`;
    problems.push({ path: ['accounts'], origin: null, text });
  }
}

/** Root is not given up for root, nor for a user who keeps the group of root. */
export function checkDrop(root: MapSetting, around: Surroundings, problems: Problem[]): void {
  const drops = settingAt(root, ['mount', 'dropPrivileges']);
  const isOn = drops?.kind === 'scalar' && flag.safeParse(drops.text).data === true;
  if (!isOn || around.uid !== 0) return;
  const uid = Number(textAt(root, ['mount', 'uid']) ?? 0);
  if (uid === 0) {
    const text = 'Say whose process it is to become: mount.uid (and mount.gid) of another user than root.';
    problems.push({ path: ['mount', 'dropPrivileges'], origin: drops.origin, text });
  } else if (Number(textAt(root, ['mount', 'gid']) ?? around.gid) === 0) {
    const text = `It would keep the group of root. Say mount.gid (--gid) of user ${uid} too: \`id -g ${uid}\` tells it.`;
    problems.push({ path: ['mount', 'dropPrivileges'], origin: drops.origin, text });
  }
}

/** The mount covers what is below it: neither everything, nor the state that it is made from. */
function checkPlaces(root: MapSetting, mountpoint: string, around: Surroundings, problems: Problem[]): void {
  if (mountpoint === '/') {
    const text = 'Nothing can be mounted on /. Name another folder.';
    problems.push({ path: ['mountpoint'], origin: originAt(root, ['mountpoint']), text });
    return;
  }
  const named = textAt(root, ['stateDir']);
  const stateDir =
    named === undefined ? around.places.stateDir : absoluteAt(root, ['stateDir'], named, around);
  if (!isIn(stateDir, mountpoint)) return;
  const key = named === undefined ? 'mountpoint' : 'stateDir';
  const text = `The mount would cover its own state (${stateDir}). Choose another folder.`;
  problems.push({ path: [key], origin: originAt(root, [key]), text });
}

/** Who can reach the server must know a password, unless it is this machine alone. */
export function checkServer(root: MapSetting, problems: Problem[]): void {
  const listen = settingAt(root, ['server', 'listen']);
  const address = listen?.kind === 'scalar' ? parseListenAddress(listen.text) : undefined;
  if (listen === undefined || address === undefined || isLoopback(address.host)) return;
  if (settingAt(root, ['server', 'password']) !== undefined) return;
  const text = 'Other machines could reach this address. Set server.password, or listen on 127.0.0.1.';
  problems.push({ path: ['server', 'listen'], origin: listen.origin, text });
}
