#!/usr/bin/env bash
# Looks for known vulnerabilities in what the operator calls, where the database of them
# can be reached within a few seconds. Elsewhere it says so and checks nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

database=https://vuln.go.dev
if ! command -v curl >/dev/null || ! curl --silent --fail --max-time 5 --output /dev/null "$database/index/db.json"; then
	echo "!!! govulncheck SKIPPED: $database cannot be reached from here. Nothing was checked for known vulnerabilities." >&2
	exit 0
fi
go -C hack/tools build -o ../../bin/govulncheck golang.org/x/vuln/cmd/govulncheck
bin/govulncheck ./...
