#!/bin/sh
# Builds all images, each with the list of its packages (SBOM) and its provenance: deploy/docker/build.sh VERSION [docker buildx build's options, such as --push]
# The same commit gives the same layers: files get the time of the commit.
set -eu
version=${1:?"usage: deploy/docker/build.sh VERSION [option ...], such as deploy/docker/build.sh 0.1.0 --push"}
shift
cd "$(dirname "$0")/../.."
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
for target in control-plane data-plane metering standalone cli; do
  docker buildx build --file deploy/docker/Dockerfile --target "$target" --sbom=true --provenance=mode=max \
    --label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.revision=$(git rev-parse HEAD)" \
    --tag "ghcr.io/tollgate/$target:$version" "$@" .
done
