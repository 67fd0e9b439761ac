#!/usr/bin/env bash
# Runs every fuzz target of the code for a while: each decoder and verifier of what others
# send. $1 is for how long each, as Go writes durations.
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-20s}
count=0
while IFS=: read -r file name; do
	printf '%s %s, %s\n' "$(dirname "$file")" "$name" "$time"
	go test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "$time" | tail -n 1
	count=$((count + 1))
done < <(git grep -oE '^func Fuzz[A-Za-z0-9]+' -- '*_test.go' | sed 's/func //')
printf '\nfuzz: %d targets, %s each, none failed\n' "$count" "$time"
