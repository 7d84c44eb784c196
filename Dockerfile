# debridfs in a container. Build it and run it with:
#   docker build -t debridfs .
#   docker run -d --name debridfs --restart unless-stopped --stop-timeout 20 \
#     --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor:unconfined \
#     -v ./config:/config -v /mnt/media:/mnt/media:rshared debridfs
# with this in ./config/config.yaml, beside the accounts:
#   mountpoint: /mnt/media/debrid
#   mount: { allowOther: true }      # so that other users and containers may read it
# The folder on the host must be a shared mount, else nobody outside of the container sees the tree:
#   mount --bind /mnt/media /mnt/media && mount --make-rshared /mnt/media
# The media server's container takes it with -v /mnt/media:/mnt/media:rslave.

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
RUN ln -s /app/dist/main.js /usr/local/bin/debridfs
# State, cached bytes (up to 10 GiB, see cache.maxSize) and configuration live in /config.
ENV XDG_STATE_HOME=/config/state XDG_CACHE_HOME=/config/cache
VOLUME /config
# To reach the HTTP server from outside: `server: { listen: 0.0.0.0:8484, password: … }`, and `docker run -p 8484:8484`.
EXPOSE 8484
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --retries=4 --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8484/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["debridfs"]
CMD ["mount"]
