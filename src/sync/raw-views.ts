import type { AccountName } from '../core/account.js';
import { shortHash } from '../core/content.js';
import { rootInode } from '../core/tree.js';
import { splitExtension } from '../library/names.js';
import { cleanPath, torrentFolderName } from '../library/raw-paths.js';
import type { ContentStore } from '../store/contents.js';
import type { Folder, TorrentLeaves, View } from '../store/nodes.js';
import type { TorrentView, ViewedFile } from './torrent-view.js';
import type { TreeEdit } from './tree-edit.js';

/** Shows torrents as they are: in `all/`, and in each account's folder. */
export class RawViews {
  readonly #contents: ContentStore;

  constructor(contents: ContentStore) {
    this.#contents = contents;
  }

  /** Adds what is not shown yet. @param leaves where the torrent's files are shown. */
  add(view: TorrentView, leaves: TorrentLeaves, edit: TreeEdit): void {
    const all = edit.fixedFolder(rootInode, 'all');
    const accounts = edit.fixedFolder(rootInode, 'accounts');
    const isBareFile = view.files.length === 1 && view.files[0]?.path.includes('/') === false;
    const name = this.#contents.torrentName(view.torrent, torrentFolderName(view.name, isBareFile));
    for (const file of view.files) {
      const shown = new Set(leaves.get(file.content)?.map((leaf) => leaf.view));
      const add = (base: Folder, where: View, pinnedTo: AccountName | null): void => {
        if (!shown.has(where)) this.#add(view, file, name, base, where, pinnedTo, edit);
      };
      if (file.rawAccounts.length > 0) add(all, 'all', null);
      for (const account of file.rawAccounts) {
        add(edit.fixedFolder(accounts.inode, account), `accounts/${account}`, account);
      }
    }
  }

  #add(
    { torrent }: TorrentView,
    file: ViewedFile,
    folderName: string,
    base: Folder,
    where: View,
    pinnedTo: AccountName | null,
    edit: TreeEdit,
  ): void {
    const { mtimeMs } = file;
    const folderOf = (parent: Folder, name: string, key: string, hashed: string): Folder =>
      edit.folder(parent.inode, { name, key, yearMayLack: false }, () => shortHash(torrent, hashed), mtimeMs);
    let folder = folderOf(base, folderName, `torrent:${torrent}`, '');
    const path = cleanPath(file.path);
    for (const name of path.slice(0, -1)) folder = folderOf(folder, name, `path:${name}`, name);
    const [stem, extension] = splitExtension(path.at(-1) ?? '');
    edit.file({
      parent: folder.inode,
      stem,
      extension,
      tag: () => shortHash(torrent, file.path),
      view: where,
      content: file.content,
      identity: file.identity,
      pinnedTo,
      mtimeMs,
    });
  }
}
