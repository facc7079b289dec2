#!/bin/sh
# Pins the images of docker-compose.yml and the Dockerfile to what their tags mean now: name:tag@sha256:… It asks the
# registries, with Docker. Running it again moves the pins; a changed tag keeps no old pin. git diff shows what came of it.
set -eu

# images lists name:tag of each image that is not built here.
images() { sed -nE 's/^ *(image: |FROM (--platform=[^ ]+ )?)([^ @]+:[^ @]+)(@[^ ]+)?( .*)?$/\3/p' docker-compose.yml Dockerfile | sort -u; }

# All are looked up before anything is written.
pins=$(mktemp)
trap 'rm -f "$pins" "$pins.new"' EXIT
for image in $(images); do
	digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
	if ! echo "$digest" | grep -qxE 'sha256:[0-9a-f]{64}'; then
		echo "$image: the registry says no digest, but: $digest" >&2
		exit 1
	fi
	printf 's,^( *(image: |FROM (--platform=[^ ]+ )?)%s)(@[^ ]+)?( .*)?$,\\1@%s\\5,\n' "$(echo "$image" | sed 's/[.]/[.]/g')" "$digest" >>"$pins"
	echo "$image@$digest"
done
for file in docker-compose.yml Dockerfile; do
	sed -E -f "$pins" "$file" >"$pins.new"
	cat "$pins.new" >"$file" # which keeps its mode
done
