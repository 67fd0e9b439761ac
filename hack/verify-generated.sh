#!/usr/bin/env bash
# Generates everything again and fails where that changes a file. It compares with the
# files as they are, committed or not, and leaves the new ones in place.
set -euo pipefail
cd "$(dirname "$0")/.."

before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT

generated=(api/v1alpha1/zz_generated.deepcopy.go config/crd/bases config/rbac/role.yaml docs/issuers.md)
for path in "${generated[@]}"; do
	mkdir -p "$before/$(dirname "$path")"
	[[ ! -e $path ]] || cp -R "$path" "$before/$path"
done

make --no-print-directory generate manifests

stale=0
for path in "${generated[@]}"; do
	diff -ruN "$before/$path" "$path" || stale=1
done
go mod tidy -diff || stale=1

if ((stale)); then
	echo "verify: generated files were not current: see the differences above. Run 'make generate manifests' and 'go mod tidy', and commit." >&2
	exit 1
fi
echo "verify: generated files and go.mod are current"
