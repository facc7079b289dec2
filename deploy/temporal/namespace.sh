#!/bin/sh
# Creates the namespace and the search attributes that Tributary's workflows carry. Running it again changes nothing.
#
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where; RETENTION is how long closed workflows can be looked at.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
	temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"

# A new namespace is known to every part of the server some seconds later.
attempt=1
until temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
	--name Organization --type Keyword --name Repository --type Keyword \
	--name SyncTrigger --type Keyword --name Outcome --type Keyword; do
	[ "$attempt" -lt 15 ] || exit 1
	attempt=$((attempt + 1))
	sleep 2
done
