#!/bin/sh
# The start of the container. As root it makes the folders, gives them to PUID:PGID, mounts, and goes on as that user; started as
# another user (docker run --user), or with PUID=0, it changes nothing.
set -eu
if [ "$(id -u)" = 0 ] && [ -n "${PUID:-}${PGID:-}" ] && [ "${PUID:-1000}" != 0 ]; then
  PUID=${PUID:-1000} PGID=${PGID:-$PUID}
  mkdir -p "$XDG_STATE_HOME/debridfs" "$XDG_CACHE_HOME/debridfs"
  # Files of earlier starts under another number too, but not through links, and nothing else of what is in /config.
  # NFS and CIFS may refuse it, where the files may well be that user's already.
  chown -hR "$PUID:$PGID" "$XDG_STATE_HOME/debridfs" "$XDG_CACHE_HOME/debridfs" ||
    echo "container.sh: not everything in /config could be given to $PUID:$PGID" >&2
  export DEBRIDFS_MOUNT_UID="$PUID" DEBRIDFS_MOUNT_GID="$PGID" DEBRIDFS_MOUNT_DROPPRIVILEGES=true
fi
[ -z "${UMASK:-}" ] || export DEBRIDFS_MOUNT_UMASK="$UMASK"
exec debridfs "$@"
