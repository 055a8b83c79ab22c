/** Days that are left when a host renews its certificate: it may miss us for so long. */
const RENEW_DAYS = 20;

/**
 * The shell script that stays on a host: makes a key, has it certified, and puts both in place as one file, whole or not at all. With
 * SPOOR_TOKEN it enrols, else it renews what is due. Values between @ are put in by `enrollScript`; openssl alone speaks to the server.
 */
export const CERTIFICATE_SCRIPT = String.raw`#!/bin/sh
# Spoor: this host's certificate, with which it sends its logs. Runs every day and renews what has less than ${RENEW_DAYS} days left.
# The private key is made here and never leaves this host; the server is known by the authority in ca.pem and by nothing else.
set -eu
umask 027
folder='@FOLDER@'
restart='@RESTART@'
SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null
export SSL_CERT_FILE SSL_CERT_DIR
token=$(printenv SPOOR_TOKEN || true)
unset SPOOR_TOKEN

fail() {
  printf 'spoor: %s\n' "$*" >&2
  [ -n "$token" ] || [ "$restart" = no ] || logger -p syslog.err -t spoor-certificate "$*" || true
  exit 1
}

if [ -z "$token" ]; then
  openssl x509 -in "$folder/host.pem" -noout -checkend 0 >/dev/null 2>&1 ||
    fail 'the certificate of this host has ended or is gone: run spoor enroll @HOST@ on the server again'
  ! openssl x509 -in "$folder/host.pem" -noout -checkend ${RENEW_DAYS * 86_400} >/dev/null || exit 0
fi

work=$(mktemp -d "$folder/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

printf '[req]\nprompt=no\ndistinguished_name=name\n[name]\nCN=%s\n' '@HOST@' > "$work/request.cnf"
openssl ecparam -name prime256v1 -genkey -noout -out "$work/key"
openssl req -new -sha256 -config "$work/request.cnf" -key "$work/key" -out "$work/request"

if [ -n "$token" ]; then
  printf 'POST /v1/enroll HTTP/1.1\r\nAuthorization: Bearer %s\r\n' "$token" > "$work/question"
else
  printf 'POST /v1/renew HTTP/1.1\r\n' > "$work/question"
fi
printf 'Host: @SERVER@\r\nConnection: close\r\nContent-Length: %d\r\n\r\n' "$(wc -c < "$work/request")" >> "$work/question"
cat "$work/request" >> "$work/question"

set -- openssl s_client -quiet -connect '@ADDRESS@:@PORT@' -servername '@SERVER@' \
  -CAfile "$folder/ca.pem" -verify 1 -verify_return_error -verify_hostname '@SERVER@'
[ -n "$token" ] || set -- "$@" -cert "$folder/host.pem" -key "$folder/host.pem"
! command -v timeout >/dev/null || set -- timeout 60 "$@"
"$@" < "$work/question" > "$work/answer" 2> "$work/trouble" || true

tr -d '\r' < "$work/answer" | sed '1,/^$/d' > "$work/certificate"
case $(head -n 1 "$work/answer" | tr -d '\r') in
  'HTTP/1.1 200 '*) ;;
  'HTTP/1.1 '*) fail "the server at @ADDRESS@ port @PORT@ refuses: $(tr -cd '[:print:]' < "$work/certificate" | cut -c 1-500)" ;;
  *) fail "no answer from the server at @ADDRESS@ port @PORT@: $(tr -cd '[:print:]\n' < "$work/trouble" | grep -v '^depth=' | tail -n 3 | tr '\n' ' ')" ;;
esac
openssl verify -CAfile "$folder/ca.pem" -purpose sslclient "$work/certificate" >/dev/null ||
  fail 'the certificate that came is not of the authority in ca.pem'
[ "$(openssl x509 -in "$work/certificate" -noout -pubkey)" = "$(openssl ec -in "$work/key" -pubout 2>/dev/null)" ] ||
  fail 'the certificate that came is not of the key that was made here'
cat "$work/certificate" "$work/key" > "$work/host.pem"
chmod 640 "$work/host.pem"
mv "$work/host.pem" "$folder/host.pem"

if [ -z "$token" ] && [ "$restart" = yes ]; then
  if command -v systemctl >/dev/null; then systemctl try-restart rsyslog.service; else service rsyslog restart; fi
fi
`;
