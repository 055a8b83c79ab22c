#!/bin/sh
# Checks the evidence in this folder: signatures, each record, each proof. It needs a POSIX shell, OpenSSL 3 and coreutils, nothing of
# the program that made the folder, and no network. Usage:
#
#     sh verify.sh ['KEY']
#
# KEY is the log's public key as you have it from elsewhere (name+hash+key): only that shows that the log is the one you think it is.
# TSA_CA=authority.pem in the environment: the certificate of a time-stamping authority, for the files anchors/*.tsr.
# Exit code 0: all holds. 1: something does not, and is named. 2: it could not be checked.
#
# Formats: C2SP tlog-checkpoint, signed-note, tlog-cosignature, tlog-proof, tlog-policy; RFC 6962 and 9162; RFC 8032.
set -u
set -f
exec 3>&1
LC_ALL=C
export LC_ALL
unset CDPATH IFS
nl='
'
tab=$(printf '\t')

bad() {
  printf 'DOES NOT HOLD: %s\n' "$*" >&3
  exit 1
}
cannot() {
  printf 'CANNOT BE CHECKED: %s\n' "$*" >&2
  exit 2
}

here=$(dirname "$0")
cd -- "$here" || cannot "no folder $here"
case $(openssl version 2>/dev/null) in
'OpenSSL '[3-9]*) ;;
*) cannot 'OpenSSL 3 or later is needed' ;;
esac
t=$(mktemp -d) || cannot 'no temporary folder can be made'
trap 'rm -rf "$t"' EXIT
trap 'exit 2' HUP INT TERM

# --- hashes: each as 44 letters of base64 -------------------------------------------------------------------------------------------

hash64() { openssl dgst -sha256 -binary | base64; }

# Is it the base64 of 32 bytes, in its one right spelling?
is_hash() {
  [ ${#1} = 44 ] || return 1
  case $1 in *[AEIMQUYcgkosw048]=) ;; *) return 1 ;; esac
  case ${1%=} in *[!A-Za-z0-9+/]*) return 1 ;; esac
}

# $name: letters of a hash as a part of a variable's name.
named() {
  name=${1%=}
  while :; do case $name in *+*) name=${name%%+*}_p${name#*+} ;; *) break ;; esac; done
  while :; do case $name in */*) name=${name%%/*}_s${name#*/} ;; *) break ;; esac; done
}

# $up: the node over two hashes. Neighbours share most of them, so each is computed once.
node() {
  named "$1"
  key=m_$name
  named "$2"
  key=${key}__$name
  eval "up=\${$key-}"
  [ -n "$up" ] && return
  up=$({
    printf '\001'
    printf %s "$1" | base64 -d
    printf %s "$2" | base64 -d
  } | hash64)
  is_hash "$up" || cannot 'openssl or base64 failed'
  eval "$key=\$up"
}

is_number() {
  case $1 in '' | *[!0-9]* | 0?*) return 1 ;; esac
  [ ${#1} -le 18 ]
}

# Climbs one step of a proof: $fn and $sn are the places of the node and of the last one on its level.
skip_even() { while [ $((fn & 1)) = 0 ] && [ "$fn" != 0 ]; do fn=$((fn >> 1)) sn=$((sn >> 1)); done; }

# --- keys and signatures ------------------------------------------------------------------------------------------------------------

# Takes name+hash+key apart: $v_name $v_id $v_type, and the public key in $v_pem. False when it is none.
read_vkey() {
  v_name=${1%%+*} v_data=${1#*+}
  v_id=${v_data%%+*} v_data=${v_data#*+}
  printf %s "$v_data" | base64 -d >"$t/key" 2>/dev/null || return 1
  [ "$(base64 <"$t/key")" = "$v_data" ] || return 1
  [ $(($(wc -c <"$t/key"))) = 33 ] || return 1
  hex=$({ printf '%s\n' "$v_name" && cat "$t/key"; } | openssl dgst -sha256 -r)
  case $hex in "$v_id"*) ;; *) return 1 ;; esac
  [ ${#v_id} = 8 ] || return 1
  v_type=$(head -c 1 "$t/key" | od -An -tu1)
  v_type=$((v_type))
  v_pem="-----BEGIN PUBLIC KEY-----${nl}MCowBQYDK2VwAyEA$(tail -c 32 "$t/key" | base64)${nl}-----END PUBLIC KEY-----"
}

# Does the key $1 have the signature $t/signature over $t/message?
verifies() {
  printf '%s\n' "$1" >"$t/pem"
  openssl pkeyutl -verify -pubin -inkey "$t/pem" -rawin -in "$t/message" -sigfile "$t/signature" >/dev/null 2>&1
}

# Takes a signed note apart: $n_text $n_signatures, and of the checkpoint in it $n_origin $n_size $n_root.
read_note() {
  n_text='' n_signatures='' n_origin='' n_size='' n_root='' n_lines=0 n_bytes=0 n_part=text n_unchecked=0 line=''
  while IFS= read -r line; do
    n_bytes=$((n_bytes + ${#line} + 1))
    if [ $n_part = signatures ]; then
      case $line in '— '*) n_signatures=$n_signatures$line$nl ;; *) bad "$1: a line that is no signature" ;; esac
      n_unchecked=$((n_unchecked + 1))
    elif [ -z "$line" ]; then
      n_part=signatures
    else
      n_lines=$((n_lines + 1)) n_text=$n_text$line$nl
      case $n_lines in 1) n_origin=$line ;; 2) n_size=$line ;; 3) n_root=$line ;; esac
    fi
  done <"$1"
  [ -z "$line" ] && [ $n_bytes = $(($(wc -c <"$1"))) ] || bad "$1: it is no text, or is cut off"
  is_number "$n_size" && is_hash "$n_root" && [ -n "$n_signatures" ] || bad "$1: it is no signed checkpoint"
}

# Is the note that was read signed by the key name $1, id $2, in $3? $4: bytes of a time before the signature (0, or 8 of a witness).
# Result in $signed: yes, no (there is no such line); $seconds: the time. A signature of that key that is wrong ends all.
signed_by() {
  signed=no seconds=''
  while IFS=' ' read -r dash s_name s_data s_more; do
    [ "$s_name" = "$1" ] || continue
    printf %s "$s_data" | base64 -d >"$t/line" 2>/dev/null && [ "$(base64 <"$t/line" | tr -d '\n')" = "$s_data" ] ||
      bad "a signature of $1 is no base64"
    s_id=$(head -c 4 "$t/line" | od -An -tx1 | tr -d ' \n')
    [ "$s_id" = "$2" ] || continue
    [ -z "$s_more" ] && [ $(($(wc -c <"$t/line"))) = $((68 + $4)) ] || bad "a signature of $1 has another length"
    tail -c 64 "$t/line" >"$t/signature"
    if [ "$4" = 8 ]; then
      seconds=0
      for byte in $(od -An -tu1 -j 4 -N 8 "$t/line"); do seconds=$((seconds * 256 + byte)); done
      printf 'cosignature/v1\ntime %s\n%s' "$seconds" "$n_text" >"$t/message"
    else
      printf %s "$n_text" >"$t/message"
    fi
    verifies "$3" || bad "the signature of $1 is not of this checkpoint ($n_size records)"
    signed=yes n_unchecked=$((n_unchecked - 1))
  done <<EOF
$n_signatures
EOF
}

tell_unchecked() {
  [ $n_unchecked = 0 ] || echo "  NOT CHECKED: $n_unchecked signatures under $1 are by nobody whose key is here."
}

when() { date -u -d "@$1" '+%Y-%m-%d %H:%M:%S UTC' 2>/dev/null || date -u -r "$1" '+%Y-%m-%d %H:%M:%S UTC'; }

# --- 1. the files are those that were written ---------------------------------------------------------------------------------------

digest() {
  if [ -n "$has_sha256sum" ]; then digest=$(sha256sum <"$1"); else digest=$(openssl dgst -sha256 -r <"$1"); fi
  digest=${digest%% *}
}
has_sha256sum=$(command -v sha256sum)

count_files() {
  set +f
  set -- "$1"/* "$1"/.[!.]*
  set -f
  for entry; do
    if [ -h "$entry" ]; then
      bad "$entry is a link"
    elif [ -d "$entry" ]; then
      count_files "$entry"
    elif [ -e "$entry" ] && [ "$entry" != ./SHA256SUMS ]; then
      files=$((files + 1))
    fi
  done
}

check_files() {
  [ -f SHA256SUMS ] || bad 'SHA256SUMS is missing'
  listed=0 line=''
  while IFS= read -r line; do
    file=${line#*  } listed=$((listed + 1))
    case $file in '' | /* | *..*) bad 'SHA256SUMS names a file that is not here' ;; esac
    [ -f "$file" ] || bad "$file is missing"
    digest "$file"
    [ "$digest  $file" = "$line" ] || bad "$file was changed since the evidence was written"
  done <SHA256SUMS
  [ -z "$line" ] && [ $((listed)) = $(($(sort -u SHA256SUMS | wc -l))) ] || bad 'SHA256SUMS is not as it was written'
  files=0
  count_files .
  [ $files = $listed ] || bad "$files files are here, and SHA256SUMS lists $listed"
  echo "$listed files are as they were written."
}

# --- 2. the checkpoint is signed by the log, and cosigned as the policy demands -----------------------------------------------------

check_checkpoint() {
  IFS= read -r vkey <log.vkey || bad 'log.vkey holds no key'
  [ $(($(wc -c <log.vkey))) = $((${#vkey} + 1)) ] || bad 'log.vkey holds more than a key'
  read_vkey "$vkey" && [ $v_type = 1 ] || bad 'log.vkey holds no key of a log'
  log_name=$v_name log_id=$v_id log_pem=$v_pem
  read_note checkpoint
  cp_size=$n_size cp_root=$n_root cp=$n_text$nl$n_signatures
  [ "$n_origin" = "$log_name" ] || bad "the checkpoint is of another log than the key"
  signed_by "$log_name" "$log_id" "$log_pem" 0
  [ $signed = yes ] || bad 'the checkpoint is not signed by the key in log.vkey'
  echo "The checkpoint is signed by $log_name: $cp_size records."
}

# One line of the policy, as words.
policy_line() {
  case ${1-} in
  '' | '#'*) ;;
  log) [ "${2-}" = "$vkey" ] && knows_log=yes ;;
  witness)
    read_vkey "${3-}" || { [ -z "${3-}" ] && bad 'policy.txt: a witness without a key'; v_type=0; }
    signed=no
    [ $v_type = 4 ] && signed_by "$v_name" "$v_id" "$v_pem" 8
    if [ $signed = yes ]; then
      met="$met$2 "
      echo "  The witness $2 saw it at $(when "$seconds")."
    else
      echo "  The witness $2 did not cosign it."
    fi
    ;;
  group)
    group=${2-} need=${3-} count=0
    [ $# -gt 3 ] || bad 'policy.txt: a group without members'
    shift 3
    case $need in all) need=$# ;; any) need=1 ;; esac
    is_number "$need" && [ "$need" -ge 1 ] || bad 'policy.txt: a group without a number'
    for member; do case $met in *" $member "*) count=$((count + 1)) ;; esac; done
    [ $count -ge "$need" ] && met="$met$group "
    ;;
  quorum) quorum=${2-} ;;
  *) bad 'policy.txt: a line that is none of log, witness, group, quorum' ;;
  esac
  return 0
}

# Who of the policy cosigned the note that was read, $1? $met: they, and the groups that they make.
read_policy() {
  met=' ' quorum='' knows_log=no line=''
  while IFS= read -r line; do
    # shellcheck disable=SC2086 # words are wanted
    policy_line $line
  done <policy.txt
  [ -z "$line" ] || bad 'policy.txt is cut off'
  tell_unchecked "$1"
  [ $knows_log = yes ] || bad 'policy.txt does not name the key in log.vkey'
}

check_policy() {
  read_policy checkpoint
  case $quorum in
  '') bad 'policy.txt has no quorum' ;;
  none) echo 'No witness is required: the word of the log stands alone.' ;;
  *)
    case $met in *" $quorum "*) ;; *) bad "too few witnesses cosigned the checkpoint: the policy demands $quorum" ;; esac
    echo "Enough witnesses cosigned it: $quorum."
    ;;
  esac
}

# --- 3. each record is in the log ---------------------------------------------------------------------------------------------------

# Takes a .tlog-proof apart: its hashes in $p_hashes, all but its first line in $p_rest.
read_proof() {
  p_hashes='' p_rest='' p_checkpoint='' p_part=hashes line=''
  {
    IFS= read -r line && [ "$line" = 'c2sp.org/tlog-proof@v1' ] || bad "$1: it is no proof"
    IFS= read -r line && [ "$line" = "index $2" ] || bad "$1: it is of another record"
    p_rest=$line$nl
    while IFS= read -r line; do
      p_rest=$p_rest$line$nl
      if [ $p_part = checkpoint ]; then
        p_checkpoint=$p_checkpoint$line$nl
      elif [ -z "$line" ]; then
        p_part=checkpoint
      else
        is_hash "$line" || bad "$1: a line that is no hash"
        p_hashes="$p_hashes $line"
      fi
    done
    [ -z "$line" ] || bad "$1: it is cut off"
  } <"$1"
  [ "$p_checkpoint" = "$cp" ] || bad "$1: it is under another checkpoint"
}

# RFC 9162, 2.1.3.2
check_inclusion() {
  r=$({ printf '\000' && cat "records/$1.bin"; } | hash64)
  fn=$1 sn=$((cp_size - 1))
  [ "$fn" -le $sn ] || bad "record $1 lies beyond the checkpoint"
  for p in $p_hashes; do
    [ $sn != 0 ] || bad "the proof of record $1 is too long"
    if [ $((fn & 1)) = 1 ] || [ "$fn" = $sn ]; then
      node "$p" "$r"
      skip_even
    else
      node "$r" "$p"
    fi
    r=$up fn=$((fn >> 1)) sn=$((sn >> 1))
  done
  [ $sn = 0 ] && [ "$r" = "$cp_root" ] || bad "record $1 is not what the log has at this place"
}

# The header of a record: $kind, $stream, $seq, $part, and its length in $h_bytes.
read_header() {
  kind='' stream='' seq='' part='' h_bytes=0 line=''
  {
    IFS= read -r line
    case $line in 'lrec/1 '*) kind=${line#lrec/1 } h_bytes=$((${#line} + 1)) ;; *) bad "record $1 has no header" ;; esac
    while IFS= read -r line && [ -n "$line" ]; do
      h_bytes=$((h_bytes + ${#line} + 1))
      case $line in
      *[!\ -~]*) bad "record $1 has an odd header" ;;
      stream=*) stream=${line#stream=} ;;
      seq=*) seq=${line#seq=} ;;
      part=*) part=${line#part=} ;;
      esac
    done
  } <"records/$1.bin"
  h_bytes=$((h_bytes + 1))
}

# A long record lies in the log as several: what is joined here must be their payloads.
check_part() {
  nth=${part%/*} parts=${part#*/}
  is_number "$nth" && is_number "$parts" || bad "record $1 is an odd part"
  [ "$nth$next" = 10 ] && : >"$t/joined" && next=1
  [ "$nth" = "$next" ] || bad "record $1 is part $part, and the parts before it are not here"
  tail -c "+$((h_bytes + 1))" "records/$1.bin" >>"$t/joined"
  next=$((nth + 1))
  [ "$nth" = "$parts" ] || return 0
  next=0
  joined=records/$(($1 - parts + 1)).joined
  [ -f "$joined" ] && [ "$(hash64 <"$joined")" = "$(hash64 <"$t/joined")" ] || bad "$joined is not what its parts hold"
}

# A record may hold only the hash of what is kept beside the log.
check_detached() {
  [ -f "records/$1.payload" ] || { echo "Record $1 holds a hash only; what it is of is not here." && return; }
  held=$(tail -c "+$((h_bytes + 1))" "records/$1.bin" | base64)
  [ "$(cat "records/$1.salt" "records/$1.payload" | hash64)" = "$held" ] || bad "records/$1.payload is not what the record is of"
}

check_records() {
  set +f
  for file in records/*.bin; do
    index=${file#records/}
    index=${index%.bin}
    is_number "$index" && [ -f "$file" ] || bad 'there is no record, or a file that is none'
    printf '%s\n' "$index"
  done >"$t/unsorted"
  set -f
  sort -n "$t/unsorted" >"$t/indexes"
  : >"$t/numbers"
  records=0 next=0
  while read -r index; do
    read_proof "records/$index.tlog-proof" "$index"
    [ "$(cat "records/$index.bin.spicy")" = "${p_rest%"$nl"}" ] || bad "records/$index.bin.spicy is not the same proof"
    check_inclusion "$index"
    read_header "$index"
    [ -n "$part" ] && check_part "$index"
    [ "$kind" = ref ] && check_detached "$index"
    [ -n "$stream" ] && printf '%s\t%s\n' "$seq" "$stream" >>"$t/numbers"
    records=$((records + 1))
  done <"$t/indexes"
  [ "$next" = 0 ] || bad 'the last record is a part, and the parts after it are not here'
  echo "$records records are in the log, each at its place."
}

# --- 4. of each stream the numbers are without a gap, unless the folder says that it is a selection -----------------------------------

told() {
  [ -n "$last" ] || return 0
  if [ "$left" = 0 ]; then
    echo "Stream $of: numbers $first to $last, each once, none missing between."
  else
    echo "Stream $of: numbers $first to $last, each once; $left BETWEEN THEM ARE NOT HERE: this is a selection."
  fi
}

check_numbers() {
  sort -t "$tab" -k 2 -k 1,1n "$t/numbers" >"$t/sorted"
  of='' last='' first='' left=0
  while IFS=$tab read -r seq stream; do
    is_number "$seq" || bad "a record of stream $stream has no number"
    if [ "$stream" != "$of" ]; then
      told
      of=$stream first=$seq left=0
    elif [ -f SELECTION ] && [ "$seq" -gt "$last" ]; then
      left=$((left + seq - last - 1))
    elif [ "$seq" != $((last + 1)) ]; then
      bad "stream $stream: number $seq comes after $last"
    fi
    last=$seq
  done <"$t/sorted"
  told
}

# --- 5. earlier checkpoints that others keep are continued --------------------------------------------------------------------------

# RFC 9162, 2.1.4.2: $1 the proof's file, $2 and $3 the size and root before.
check_consistency() {
  c_hashes='' line=''
  {
    IFS= read -r line && [ "$line" = "consistency $2 $cp_size" ] || bad "$1: it is of other checkpoints"
    while IFS= read -r line; do
      is_hash "$line" || bad "$1: a line that is no hash"
      c_hashes="$c_hashes $line"
    done
    [ -z "$line" ] || bad "$1: it is cut off"
  } <"$1"
  if [ "$2" = "$cp_size" ]; then
    [ -z "$c_hashes" ] && [ "$3" = "$cp_root" ] || bad "$1: a second history"
    return
  fi
  [ "$2" -ge 1 ] && [ "$2" -lt "$cp_size" ] && [ -n "$c_hashes" ] || bad "$1: it proves nothing"
  [ $(($2 & ($2 - 1))) = 0 ] && c_hashes="$3 $c_hashes"
  fn=$(($2 - 1)) sn=$((cp_size - 1)) fr=''
  while [ $((fn & 1)) = 1 ]; do fn=$((fn >> 1)) sn=$((sn >> 1)); done
  for c in $c_hashes; do
    if [ -z "$fr" ]; then
      fr=$c sr=$c
      continue
    fi
    [ $sn != 0 ] || bad "$1: it is too long"
    if [ $((fn & 1)) = 1 ] || [ $fn = $sn ]; then
      node "$c" "$fr"
      fr=$up
      node "$c" "$sr"
      sr=$up
      skip_even
    else
      node "$sr" "$c"
      sr=$up
    fi
    fn=$((fn >> 1)) sn=$((sn >> 1))
  done
  [ $sn = 0 ] && [ "$fr" = "$3" ] && [ "$sr" = "$cp_root" ] || bad "$1: the log does not continue the checkpoint of $2 records"
}

check_stamp() {
  said='' line=''
  while IFS= read -r line; do
    case $line in 'Time stamp: '*) said=${line#Time stamp: } ;; esac
  done <<EOF
$(openssl ts -reply -in "$1" -text 2>/dev/null)
EOF
  [ -n "$said" ] || bad "$1: it is no time stamp"
  if [ -z "${TSA_CA-}" ]; then
    echo "  $1 says $said; NOT CHECKED: that needs the authority's certificate (TSA_CA=authority.pem)."
  elif openssl ts -verify -data "$2" -in "$1" -CAfile "$TSA_CA" >/dev/null 2>&1; then
    echo "  $1: the authority stamped it at $said."
  else
    bad "$1: it is no time stamp of $2 by this authority"
  fi
}

check_anchors() {
  set +f
  set -- anchors/*.checkpoint
  set -f
  for file; do
    [ -f "$file" ] || continue
    read_note "$file"
    [ "$n_origin" = "$log_name" ] || bad "$file is of another log"
    signed_by "$log_name" "$log_id" "$log_pem" 0
    [ $signed = yes ] || bad "$file is not signed by the key in log.vkey"
    check_consistency "consistency/$n_size-$cp_size.txt" "$n_size" "$n_root"
    echo "The log continues the anchored checkpoint of $n_size records ($file)."
    read_policy "$file"
    stamp=${file%.checkpoint}.tsr
    if [ -f "$stamp" ]; then check_stamp "$stamp" "$file"; fi
  done
}

# ------------------------------------------------------------------------------------------------------------------------------------

[ $# -le 1 ] || cannot "usage: sh verify.sh ['KEY']"
check_files
check_checkpoint
[ $# = 0 ] || [ "$1" = "$vkey" ] || bad "the key in log.vkey is not the one that you gave"
check_policy
check_records
check_numbers
check_anchors
if [ -f tree/checkpoint ]; then
  [ "$(cat tree/checkpoint)" = "${cp%"$nl"}" ] || bad 'tree/checkpoint is another one'
fi
echo
echo 'ALL HOLDS, for the log with the key'
echo "    $vkey"
if [ $# = 0 ]; then
  echo 'This key was taken from the folder itself. Compare it with a copy that you have from elsewhere: whoever made'
  echo 'the folder could have made a log and a key of their own.'
else
  echo 'It is the key that you gave.'
fi
