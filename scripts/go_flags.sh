# Sourced by all that builds Go programs: with the same flags, what they have in common is compiled
# once.
export CGO_ENABLED=0 GOFLAGS="-trimpath ${GOFLAGS:-}"
