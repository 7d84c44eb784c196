// The limit: what content.h says, served by a C program on libfuse3's low-level interface with several
// threads and the same options as the kernel binding. Names and numbers are worked out, nothing is looked up.
//
//   limit MOUNTPOINT DELAY_MS
//
// Says and is asked the same as serve.mjs, on stdout and stdin.
#define FUSE_USE_VERSION 312
#define _GNU_SOURCE
#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "content.h"

// Inodes: the root, `big` and its files, `tree`, and then each folder followed by its files.
enum { ROOT = FUSE_ROOT_ID, BIG, FIRST_BIG_FILE, TREE = FIRST_BIG_FILE + BIG_FILES, FIRST_FOLDER };
enum { STRIDE = 1 + FILES_PER_FOLDER, END = FIRST_FOLDER + FOLDERS * STRIDE };

typedef struct fuse_file_info info;

static const double valid_seconds = 3600;
static struct timespec delay;
static const uint8_t *pattern;
static struct fuse_session *session;

static int is_big_file(fuse_ino_t inode) { return inode >= FIRST_BIG_FILE && inode < TREE; }

static int is_folder(fuse_ino_t inode) {
  return inode == ROOT || inode == BIG || inode == TREE ||
         (inode >= FIRST_FOLDER && inode < END && (inode - FIRST_FOLDER) % STRIDE == 0);
}

static uint64_t size_of(fuse_ino_t inode) {
  if (is_folder(inode)) return 0;
  return is_big_file(inode) ? big_file_bytes : small_file_bytes;
}

// The child with this index and its name; 0 when there are not so many.
static fuse_ino_t child_at(fuse_ino_t parent, uint64_t index, char name[16]) {
  int number = index;
  if (parent == ROOT && index < 2) return strcpy(name, index == 0 ? "big" : "tree"), index == 0 ? BIG : TREE;
  if (parent == BIG && index < BIG_FILES) return sprintf(name, "%d.bin", number), FIRST_BIG_FILE + index;
  if (parent == TREE && index < FOLDERS) return sprintf(name, "%04d", number), FIRST_FOLDER + index * STRIDE;
  if (parent < FIRST_FOLDER || index >= FILES_PER_FOLDER) return 0;
  return sprintf(name, "%d.mkv", number), parent + 1 + index;
}

static fuse_ino_t child_named(fuse_ino_t parent, const char *name) {
  char right[16];
  uint64_t index = parent == ROOT ? strcmp(name, "big") != 0 : strtoull(name, NULL, 10);
  fuse_ino_t inode = child_at(parent, index, right);
  return inode != 0 && strcmp(name, right) == 0 ? inode : 0;
}

static struct stat stat_of(fuse_ino_t inode) {
  return (struct stat){
    .st_ino = inode,
    .st_mode = is_folder(inode) ? S_IFDIR | 0755 : S_IFREG | 0644,
    .st_nlink = 1,
    .st_size = size_of(inode),
    .st_blocks = size_of(inode) / 512,
    .st_blksize = 4096,
    .st_mtime = 1709208000,
  };
}

static struct fuse_entry_param entry_of(fuse_ino_t inode) {
  return (struct fuse_entry_param){
    .ino = inode,
    .attr = stat_of(inode),
    .attr_timeout = valid_seconds,
    .entry_timeout = valid_seconds,
  };
}

static void start(void *data, struct fuse_conn_info *connection) {
  (void)data;
  connection->max_read = MIB;
  connection->max_background = 64;
  connection->congestion_threshold = 48;
  puts("{\"mounted\":true}");
}

static void lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
  fuse_ino_t inode = child_named(parent, name);
  struct fuse_entry_param entry = entry_of(inode);
  if (inode == 0) fuse_reply_err(request, ENOENT);
  else fuse_reply_entry(request, &entry);
}

static void get_attributes(fuse_req_t request, fuse_ino_t inode, info *file) {
  (void)file;
  struct stat attributes = stat_of(inode);
  fuse_reply_attr(request, &attributes, valid_seconds);
}

// Tells the kernel that it need not ask.
static void open_folder(fuse_req_t request, fuse_ino_t inode, info *file) {
  (void)inode, (void)file;
  fuse_reply_err(request, ENOSYS);
}

// `.` and `..` are the first two entries; a cookie is the number of entries before it.
static void list(fuse_req_t request, fuse_ino_t inode, size_t room, off_t cookie, int with_attributes) {
  char answer[room], name[16];
  size_t used = 0;
  for (off_t at = cookie;; at += 1) {
    fuse_ino_t child = at < 2 ? inode : child_at(inode, at - 2, name);
    if (child == 0) break;
    struct fuse_entry_param entry = entry_of(child);
    if (at < 2) {
      strcpy(name, at == 0 ? "." : "..");
      entry.ino = 0;
    }
    size_t bytes = with_attributes
      ? fuse_add_direntry_plus(request, answer + used, room - used, name, &entry, at + 1)
      : fuse_add_direntry(request, answer + used, room - used, name, &entry.attr, at + 1);
    if (bytes > room - used) break;
    used += bytes;
  }
  fuse_reply_buf(request, answer, used);
}

static void list_names(fuse_req_t request, fuse_ino_t inode, size_t room, off_t cookie, info *file) {
  (void)file;
  list(request, inode, room, cookie, 0);
}

static void list_all(fuse_req_t request, fuse_ino_t inode, size_t room, off_t cookie, info *file) {
  (void)file;
  list(request, inode, room, cookie, 1);
}

static void open_file(fuse_req_t request, fuse_ino_t inode, info *file) {
  (void)inode;
  file->keep_cache = 1;
  fuse_reply_open(request, file);
}

static void read_file(fuse_req_t request, fuse_ino_t inode, size_t length, off_t offset, info *file) {
  (void)file;
  uint64_t size = size_of(inode);
  uint64_t left = (uint64_t)offset < size ? size - offset : 0;
  if (length > left) length = left;
  if (delay.tv_nsec > 0) nanosleep(&delay, NULL);
  uint64_t from = pattern_offset(is_big_file(inode) ? inode - FIRST_BIG_FILE : 0, offset);
  uint64_t first = length < pattern_bytes - from ? length : pattern_bytes - from;
  struct iovec slices[] = {{(void *)(pattern + from), first}, {(void *)pattern, length - first}};
  fuse_reply_iov(request, slices, 2);
}

static const struct fuse_lowlevel_ops operations = {
  .init = start,
  .lookup = lookup,
  .opendir = open_folder,
  .getattr = get_attributes,
  .readdir = list_names,
  .readdirplus = list_all,
  .open = open_file,
  .read = read_file,
};

static void *answer_commands(void *data) {
  (void)data;
  for (char line[32]; fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0;) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
    seconds += (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    if (strcmp(line, "cpu\n") == 0) printf("{\"cpuSeconds\":%.6f}\n", seconds);
    else puts("{}");
  }
  fuse_session_unmount(session);
  _exit(0);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  // Whoever asked is gone: the end of the input says so too.
  signal(SIGPIPE, SIG_IGN);
  delay.tv_nsec = strtol(argv[2], NULL, 10) * 1000000;
  pattern = make_pattern(pattern_bytes);
  char *options[] = {argv[0], "-ofsname=debridfs-limit,ro,allow_other,default_permissions,max_read=1048576"};
  struct fuse_args arguments = FUSE_ARGS_INIT(2, options);
  session = fuse_session_new(&arguments, &operations, sizeof operations, NULL);
  if (session == NULL || fuse_session_mount(session, argv[1]) != 0) return 1;
  pthread_t commands;
  if (pthread_create(&commands, NULL, answer_commands, NULL) != 0) return 1;
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  // With a delay, each read of the page cache holds a thread.
  fuse_loop_cfg_set_max_threads(config, delay.tv_nsec > 0 ? 80 : 10);
  return fuse_session_loop_mt(session, config) == 0 ? 0 : 1;
}
