# debridfs in a container: docs/containers.md says how to run it, beside Plex and beside Jellyfin.

FROM node:20-bookworm-slim AS build
# better-sqlite3 is compiled where no ready-made binary can be downloaded.
RUN apt-get update && apt-get install -y --no-install-recommends g++ make python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm_config_nodedir=/usr/local npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends fuse3 mount ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && echo user_allow_other >> /etc/fuse.conf
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/src/emulator/media src/emulator/media
COPY scripts/container.sh scripts/
RUN ln -s /app/dist/main.js /usr/local/bin/debridfs
# State, cached bytes (up to 10 GiB, see cache.maxSize) and configuration live in /config.
ENV XDG_STATE_HOME=/config/state XDG_CACHE_HOME=/config/cache
VOLUME /config
# To reach the HTTP server from outside: `server: { listen: 0.0.0.0:8484, password: … }`, and `docker run -p 8484:8484`.
EXPOSE 8484
STOPSIGNAL SIGTERM
# Through the mount, as a media server sees it. The very first start waits for an account's first listing.
HEALTHCHECK --interval=15s --timeout=10s --retries=4 --start-period=60s CMD ["debridfs", "healthcheck"]
# PUID, PGID, UMASK: as whose the files show, and as whom it works once it has mounted.
ENTRYPOINT ["/app/scripts/container.sh"]
CMD ["mount"]
