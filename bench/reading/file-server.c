// The file server of the reading benchmark: HTTP/1.1 with ranges, HEAD and an index page, on loopback, one thread for each
// connection. Made to cost little: it sends bytes that lie in memory.
//
//   file-server LIST                what it serves: see served-files.h
//
// A file is found by the last component of the path, whatever stands before it. Writes a line of JSON once it listens, then one for
// each line that it reads:
//   delay MS       how long every file's response is held back
//   cap BYTES      a second, for each connection; 0: none
//   count NAME     what was sent of one file, or of all (`count *`)
//   reset          all counts to 0
//   quit           the same as the end of the input
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include "served-files.h"

enum { MAX_HEAD = 16384, PIECE_BYTES = 256 * 1024, CAPPED_PIECE_BYTES = 32 * 1024 };

static atomic_llong delay_us, cap;

static double now_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static bool send_all(int socket, const void *bytes, size_t length, int flags) {
  for (size_t done = 0; done < length;) {
    ssize_t sent = send(socket, (const uint8_t *)bytes + done, length - done, flags | MSG_NOSIGNAL);
    if (sent <= 0 && errno != EINTR) return false;
    if (sent > 0) done += sent;
  }
  return true;
}

// Under a cap the pieces are small and each has its time, so that the bytes come evenly.
static bool send_body(int socket, struct file *file, uint64_t start, uint64_t end) {
  double began = now_seconds();
  for (uint64_t at = start; at < end;) {
    uint64_t available, limit = cap > 0 ? CAPPED_PIECE_BYTES : PIECE_BYTES;
    const uint8_t *bytes = bytes_at(file, at, &available);
    if (available > limit) available = limit;
    if (available > end - at) available = end - at;
    ssize_t sent = send(socket, bytes, available, MSG_NOSIGNAL);
    if (sent <= 0) {
      if (errno == EINTR) continue;
      // What still lay on this side never reached the client.
      int unsent = 0;
      ioctl(socket, SIOCOUTQ, &unsent);
      file->sent -= unsent;
      return false;
    }
    at += sent;
    file->sent += sent;
    if (cap == 0) continue;
    double wait = began + (double)(at - start) / cap - now_seconds();
    if (wait > 0) usleep(wait * 1e6);
  }
  return true;
}

static bool send_text(int socket, const char *status, const char *type, const char *text, bool head_only) {
  char head[512];
  int length = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", status,
                        type, strlen(text));
  return send_all(socket, head, length, MSG_MORE) && send_all(socket, text, head_only ? 0 : strlen(text), 0);
}

static bool send_index(int socket, bool head_only) {
  static const size_t entry_bytes = 2 * MAX_NAME + 32;
  char *page = malloc(64 + file_count * entry_bytes);
  size_t length = sprintf(page, "<!DOCTYPE html><html><body>\n");
  for (size_t i = 0; i < file_count; i += 1) {
    length += sprintf(page + length, "<a href=\"%s\">%s</a>\n", files[i].name, files[i].name);
  }
  strcpy(page + length, "</body></html>\n");
  bool sent = send_text(socket, "200 OK", "text/html", page, head_only);
  free(page);
  return sent;
}

// The half-open range that a head asks for; false: none that can be given.
static bool read_range(const char *head, uint64_t size, uint64_t *start, uint64_t *end, bool *is_partial) {
  *start = 0;
  *end = size;
  const char *header = strcasestr(head, "\r\nrange:");
  *is_partial = header != NULL;
  if (header == NULL) return true;
  unsigned long long first, last;
  int fields = sscanf(header + 8, " bytes=%llu-%llu", &first, &last);
  if (fields < 1 || first >= size) return false;
  *start = first;
  if (fields == 2 && last < size) *end = last + 1;
  return true;
}

static bool send_file(int socket, struct file *file, const char *request, bool head_only) {
  uint64_t start, end;
  bool is_partial;
  if (!read_range(request, file->size, &start, &end, &is_partial)) {
    return send_text(socket, "416 Range Not Satisfiable", "text/plain", "", head_only);
  }
  char head[640], range[96] = "";
  if (is_partial) {
    sprintf(range, "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)start, (unsigned long long)end - 1,
            (unsigned long long)file->size);
  }
  int length = snprintf(head, sizeof head,
                        "HTTP/1.1 %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %llu\r\n%s"
                        "Accept-Ranges: bytes\r\nETag: \"%s-%llu\"\r\nLast-Modified: Mon, 29 Jan 2024 12:00:00 GMT\r\n\r\n",
                        is_partial ? "206 Partial Content" : "200 OK", (unsigned long long)(end - start), range, file->name,
                        (unsigned long long)file->size);
  if (head_only) return send_all(socket, head, length, 0);
  count_start(file);
  if (delay_us > 0) usleep(delay_us);
  bool sent = send_all(socket, head, length, MSG_MORE) && send_body(socket, file, start, end);
  file->open -= 1;
  return sent;
}

static bool answer(int socket, char *request) {
  bool head_only = strncmp(request, "HEAD ", 5) == 0;
  if (!head_only && strncmp(request, "GET ", 4) != 0) return false;
  char *path = strchr(request, ' ') + 1;
  char *path_end = path + strcspn(path, "? \r\n");
  char saved = *path_end;
  *path_end = '\0';
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  bool is_index = *name == '\0';
  struct file *file = find_file(name);
  *path_end = saved;
  if (file != NULL) return send_file(socket, file, path_end, head_only);
  if (is_index) return send_index(socket, head_only);
  return send_text(socket, "404 Not Found", "text/plain", "", head_only);
}

static void *serve_connection(void *argument) {
  int socket = (intptr_t)argument;
  char buffer[MAX_HEAD + 1];
  size_t filled = 0;
  for (;;) {
    buffer[filled] = '\0';
    char *end = strstr(buffer, "\r\n\r\n");
    if (end == NULL) {
      ssize_t got = filled < MAX_HEAD ? recv(socket, buffer + filled, MAX_HEAD - filled, 0) : 0;
      if (got <= 0) break;
      filled += got;
      continue;
    }
    end[2] = '\0';
    if (!answer(socket, buffer)) break;
    filled -= end + 4 - buffer;
    memmove(buffer, end + 4, filled);
  }
  close(socket);
  return NULL;
}

static void *accept_connections(void *argument) {
  int listener = (intptr_t)argument;
  for (;;) {
    int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
    if (socket < 0) continue;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve_connection, (void *)(intptr_t)socket) == 0) pthread_detach(thread);
    else close(socket);
  }
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  load_files(arguments[1]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 128) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
    perror("file-server");
    return 1;
  }
  pthread_t thread;
  pthread_create(&thread, NULL, accept_connections, (void *)(intptr_t)listener);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("{\"origin\":\"http://127.0.0.1:%d\"}\n", ntohs(address.sin_port));
  char line[MAX_NAME + 16], name[MAX_NAME];
  double number;
  while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0) {
    if (sscanf(line, "count %127s", name) == 1) {
      print_counts(name);
      continue;
    }
    if (sscanf(line, "delay %lf", &number) == 1) delay_us = number * 1000;
    if (sscanf(line, "cap %lf", &number) == 1) cap = number;
    if (strcmp(line, "reset\n") == 0) reset_counts();
    printf("{}\n");
  }
  return 0;
}
