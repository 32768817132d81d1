# The image that operator and speaker share: node as entry point, and /app/operator.js or /app/speaker.js as its argument.
# docker build --tag REPOSITORY:TAG . makes it; README.md says how the chart learns its name. The test cluster runs the same dist/ on an
# image without Docker (e2e/cluster/src/images/images.ts), so no test builds this file: one checks that what it runs exists.
# Both stages can be pinned by digest: --build-arg BUILD_IMAGE=node:24-bookworm@sha256:...
ARG BUILD_IMAGE=node:24-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
RUN npx tsc -b operator speaker \
 && make -C libs/packet \
 && node tools/bundle.mjs --all \
 && rm dist/*.map
# Without its symbols node is 18 MB smaller; stack traces of JavaScript do not need them.
RUN strip -o /node /usr/local/bin/node

FROM ${RUNTIME_IMAGE}
COPY --from=build /node /usr/local/bin/node
COPY --from=build /src/LICENSE /src/dist/ /app/
ENV NODE_ENV=production PATH=/usr/local/bin:/usr/bin:/bin
WORKDIR /app
# The operator needs no privilege at all. The speaker needs root with NET_RAW alone, which the chart gives its pod.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node"]
