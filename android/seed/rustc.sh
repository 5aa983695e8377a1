#!/bin/sh
# Cargo's RUSTC_WRAPPER: the compiler with one seed for all hash tables; see same_seed.c.
LD_PRELOAD="$HOLDFAST_SAME_SEED" exec "$@"
