import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isListed, parseMountinfo, readMounts, topMount } from '../../src/fuse/mountinfo.js';

/** As the kernel writes a path there (fs/proc_namespace.c: mangle). */
function mangle(path: string): string {
  return path.replace(
    /[ \t\n\\#]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

describe('a mount is understood', () => {
  test('with optional fields and without', () => {
    const text = [
      '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue',
      '42 27 0:39 / /mnt/a\\040b ro,nosuid,nodev - fuse.debridfs debridfs ro,user_id=0',
    ].join('\n');
    expect(parseMountinfo(text)).toEqual([
      { id: 36, parentId: 35, device: '98:0', path: '/mnt2', type: 'ext3', shared: true },
      { id: 42, parentId: 27, device: '0:39', path: '/mnt/a b', type: 'fuse.debridfs', shared: false },
    ]);
  });

  test('whatever its path and its source are called', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(...Array.from(' \t\n\\#-é🎬a1/"$')) })),
        fc.string(),
        (names, source) => {
          const path = `/${names.join('/')}`;
          const line = `1 2 0:3 / ${mangle(path)} rw shared:1 - fuse.x ${mangle(source)} rw`;
          expect(parseMountinfo(`9 8 0:1 / / rw - ext4 x rw\n${line}\n`).map((mount) => mount.path)).toEqual([
            '/',
            path,
          ]);
        },
      ),
    );
  });

  test('on this machine', async () => {
    const mounts = await readMounts();
    expect(topMount(mounts, '/proc')?.type).toBe('proc');
  });
});

test.each([
  '',
  ' ',
  '-',
  '42',
  '42 27 0:39 / /mnt ro -',
  '42 27 0:39 / /mnt ro shared:1',
  '42 27 0:39 / /mnt ro -  x rw',
  'x 27 0:39 / /mnt ro - fuse x rw',
  '42 -1 0:39 / /mnt ro - fuse x rw',
  '42 27 0:39 / mnt ro - fuse x rw',
])('a line of another form (%j) is left out, and the others stay', (line) => {
  const good = '42 27 0:39 / /mnt ro - fuse.debridfs debridfs rw';
  expect(parseMountinfo(`${good}\n${line}\n${good}`)).toHaveLength(2);
});

test('any text at all is parsed without an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('0 1-/\\\n:a')) }), (text) => {
      parseMountinfo(text);
    }),
  );
});

describe('of mounts over one another', () => {
  const text = [
    '50 27 0:40 / /mnt rw - fuse.debridfs debridfs rw',
    '52 51 0:42 / /mnt rw - fuse.debridfs debridfs rw',
    '51 50 0:41 / /mnt rw - tmpfs tmpfs rw',
    '60 27 0:43 / /mnt/below rw - tmpfs tmpfs rw',
  ].join('\n');
  const mounts = parseMountinfo(text);

  test('the top one is the one that none covers, in whatever order they are listed', () => {
    expect(topMount(mounts, '/mnt')?.id).toBe(52);
    expect(topMount([...mounts].reverse(), '/mnt')?.id).toBe(52);
    expect(topMount(mounts, '/mn')).toBeUndefined();
  });

  test('another mount with the same number or the same path is not this one', () => {
    const [mount] = mounts;
    if (mount === undefined) throw new Error('no mount');
    expect(isListed(mounts, mount)).toBe(true);
    expect(isListed(mounts, { ...mount, device: '0:99' })).toBe(false);
    expect(isListed(mounts, { ...mount, id: 99 })).toBe(false);
  });
});
