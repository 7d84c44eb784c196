/** Which kind of file an extension means. */
export type FileKind = 'video' | 'disc-image' | 'subtitle' | 'audio' | 'archive' | 'other';

const extensionsOf: Readonly<Record<FileKind, string>> = {
  video:
    '3g2 3gp amv asf avi divx dv evo f4v flv h264 h265 hevc m1v m2t m2ts m2v m4v mk3d mkv mov mp4 mpe mpeg mpg mpv mts mxf ogm ogv qt rm rmvb strm tp trp ts vc1 vob webm wmv wtv xvid y4m',
  'disc-image': 'img iso mdf nrg',
  subtitle: 'ass idx mks pgs smi srt ssa sub sup ttml usf vtt',
  audio:
    'aac ac3 aif aiff alac ape dff dsf dts dtshd eac3 flac m4a m4b mka mp2 mp3 mpc oga ogg opus ra thd tta wav weba wma wv',
  archive: '7z arj bz2 cab gz lha lzh rar tar tbz tgz txz xz z zip zst',
  other:
    'apk azw azw3 bat bdmv bin bmp bup cbr cbz cci chm clpi cmd com conf cpi css csv cue dat db deb dll dmg doc docx epub exe fb2 gif htm html ico ifo ini jar jpeg jpg js json lit lnk log lrc m3u m3u8 md md5 mobi mpls msi nfo nsp nzb odt otf par2 pdf php pkg pls png pps ppt pptx ps1 psd py rpm rtf scr sfv sh sha1 sha256 sqlite srr srs svg tif tiff tmp torrent ttf txt url vbs webp wpl xci xls xlsx xml yaml yml',
};

const kinds = new Map<string, FileKind>(
  (Object.keys(extensionsOf) as FileKind[]).flatMap((kind) =>
    extensionsOf[kind].split(' ').map((extension): [string, FileKind] => [extension, kind]),
  ),
);

/** Kind by extension, with or without its dot, in any case. */
export function kindOfExtension(extension: string): FileKind {
  const plain = extension.replace(/^\./, '').toLowerCase();
  return kinds.get(plain) ?? (isVolume(plain) ? 'archive' : 'other');
}

/**
 * A name in stem and extension where only extensions that exist count, so that the end of a release name
 * (`Movie.2020.1080p`, `…x264-GRP`) is never taken for one.
 */
export function splitKnownExtension(name: string): readonly [stem: string, extension: string] {
  const dot = name.lastIndexOf('.');
  const plain = name.slice(dot + 1).toLowerCase();
  if (dot <= 0 || !(kinds.has(plain) || isVolume(plain))) return [name, ''];
  return [name.slice(0, dot), name.slice(dot)];
}

/** Volumes of a split RAR archive: `r00`, `r01`, … */
function isVolume(plain: string): boolean {
  return /^r\d\d$/.test(plain);
}
