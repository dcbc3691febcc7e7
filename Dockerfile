# The image of Dagwright for a cluster: one binary on distroless, as a user without rights (`docker build --tag dagwright .`).
# What `dagwright manifests` prints runs it with a read-only root, no capabilities and its data on a claim.

# Node for wasm-opt, which the browser app is made small with.
FROM node:22-bookworm-slim AS node

FROM rust:1.95-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && rustup target add wasm32-unknown-unknown
WORKDIR /dagwright
ENV XDG_CACHE_HOME=/cache
COPY . .
# Caches outlive the layer: a second build compiles what changed.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/cache \
    scripts/frontend.sh release && \
    CARGO_TARGET_DIR=/cache/dagwright/target cargo build --release --locked --package dagwright && \
    cp /cache/dagwright/target/release/dagwright /usr/local/bin/dagwright

# glibc, its C++ companions and certificates; no shell.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /usr/local/bin/dagwright /usr/local/bin/dagwright
# The numbers of distroless' nonroot: Kubernetes checks runAsNonRoot by them.
USER 65532:65532
EXPOSE 7667
ENTRYPOINT ["/usr/local/bin/dagwright"]
CMD ["serve"]
