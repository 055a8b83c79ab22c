#!/bin/sh
# Spoor: drops packets from 5 addresses and networks seen attacking.
# Look at the list before you load it. Your own address must not be in it.
# Load:  sh FILE        (as root; ufw must be on: ufw status)
# Undo:  sed -n 's/^ufw prepend \(deny from [^ ]*\).*/ufw delete \1/p' FILE | sh
# Free one address:  ufw delete deny from 192.0.2.7
# These rules know no end: take them out again yourself. ufw takes about a second for each: for thousands use the form nft or ipset.
set -eu
ufw prepend deny from 192.0.2.200/31 comment spoor
ufw prepend deny from 198.51.100.23 comment spoor
ufw prepend deny from 198.51.100.77 comment spoor
ufw prepend deny from 203.0.113.140 comment spoor
ufw prepend deny from 2001:db8:41::1c comment spoor
