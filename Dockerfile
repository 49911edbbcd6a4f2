# The service in one image: built with Node 24 LTS, run without a shell's worth of extras and not as root.
# DATABASE_URL and, for several processes, REDIS_URL come from outside; agreements and keys are mounted read-only.
FROM node:24-bookworm-slim AS build
WORKDIR /huida
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
RUN npm ci --ignore-scripts
COPY gateway gateway
COPY formats formats
COPY crypto crypto
COPY schedulers schedulers
COPY ops ops
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production HUIDA_FOLDER=/var/lib/huida HUIDA_API_HOST=0.0.0.0 MALLOC_ARENA_MAX=2
WORKDIR /huida
COPY --from=build /huida/package.json ./
COPY --from=build /huida/node_modules node_modules
COPY --from=build /huida/dist dist
COPY --from=build /huida/ops/cli/huida.mjs ops/cli/huida.mjs
RUN mkdir -p /var/lib/huida && chown node:node /var/lib/huida
USER node
VOLUME /var/lib/huida
EXPOSE 8080 8081
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:8081/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=8", "--max-old-space-size=512", "ops/cli/huida.mjs"]
CMD ["start"]
