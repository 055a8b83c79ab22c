#!/bin/sh
# Unpacks verifiers of others from Debian into a folder, without installing them: setup.sh DIR [stable|sid]
#   stable: Go and golang.org/x/mod          sid: newer ones, tessera (fsck), torchwood, litewitness
# Needs apt-get, dpkg and the network. `. DIR/env` then gives a Go that finds them. Some 500 MB.
set -eu
mkdir -p "$1"
D=$(cd "$1" && pwd)
S=${2:-sid}
mkdir -p "$D/lists/partial" "$D/cache/archives/partial" "$D/debs" "$D/root"
suite=$S
[ "$S" = stable ] && suite=bookworm
# the mirror that this machine uses; a comment may name another
base=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed 's/#.*//' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ')
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${base:-http://deb.debian.org/debian} $suite main" > "$D/sources.list"
cat > "$D/apt.conf" <<E
Dir::Etc::sourcelist "$D/sources.list"; Dir::Etc::sourceparts "-"; Dir::State::lists "$D/lists"; Dir::Cache "$D/cache"; APT::Sandbox::User "root";
E
export APT_CONFIG="$D/apt.conf"
apt-get -qq update
P="golang-1.19-go golang-1.19-src golang-golang-x-mod-dev"
[ "$S" = sid ] && P="golang-1.27-go golang-1.27-src golang-golang-x-mod-dev golang-golang-x-sync-dev golang-golang-x-crypto-dev golang-golang-x-sys-dev golang-github-transparency-dev-tessera-dev golang-github-transparency-dev-merkle-dev golang-github-transparency-dev-formats-dev golang-filippo-torchwood-dev golang-filippo-edwards25519-dev golang-opentelemetry-otel-dev golang-k8s-klog-dev golang-github-go-logr-logr-dev golang-github-go-logr-stdr-dev golang-github-cespare-xxhash-v2-dev torchwood"
cd "$D/debs"
apt-get -qq download $P
for deb in *.deb; do dpkg -x "$deb" ../root; done
G=$(ls -d "$D"/root/usr/lib/go-1.*)
rm -rf "$D/debs" "$D/lists" "$D/cache"
echo "export GOROOT=$G GOPATH=$D/root/usr/share/gocode GO111MODULE=off GOFLAGS= GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE=$D/gocache PATH=$G/bin:$D/root/usr/bin:\$PATH" > "$D/env"
