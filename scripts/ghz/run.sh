#!/usr/bin/env bash
# Loads a running gateway with ghz (github.com/bojand/ghz), which must be installed.
#   scripts/ghz/run.sh summarize|stream|health ARTICLE [ghz options, such as --rps 200 -z 30s]
# ADDRESS (default 127.0.0.1:7700) and MODEL (default briefs) say who is asked; FRESH=true has each
# summary written, where else all but the first are kept texts. Reflection tells ghz the messages.
set -euo pipefail
call=${1:?summarize, stream or health} article=${2:?a text file with the article}
shift 2
summarize=goldbrief.api.summarize.v1.SummarizeService
request=$(jq -n --rawfile text "$article" --arg model "${MODEL:-briefs}" \
  --argjson fresh "${FRESH:-false}" '{article_text: $text, model: $model, fresh: $fresh}')
case $call in
  summarize) method=$summarize/Summarize ;;
  stream) method=$summarize/StreamSummarize request="{\"request\": $request}" ;;
  health) method=grpc.health.v1.Health/Check request="{\"service\": \"$summarize\"}" ;;
  *) echo "No call $call: summarize, stream or health." >&2; exit 64 ;;
esac
printf %s "$request" |
  ghz --insecure --call "$method" -d @ --timeout 120s "$@" \
    "${ADDRESS:-127.0.0.1:7700}"
