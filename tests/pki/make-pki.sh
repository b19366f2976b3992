#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make-pki.sh - a throwaway PKI for the demo and the tests
#
#   make-pki.sh DIR NAME:USE[:BITS][:VARIANT] ...
#
# USE is sign or enc.  BITS of an RSA key (3072), or p256: a key on that curve.  VARIANT: ok (default), expired,
# future, self (self-signed), otherca (under a second CA), wrongusage (the key usage of the other USE).  For each NAME there are afterwards in DIR:
#   NAME.p12   private key and certificate, mode 0600     NAME.pass  its password, mode 0600
#   NAME.pem   the certificate
# and ca.pem (and other-ca.pem if an otherca was asked for).  Keys are generated in parallel.
set -eu
umask 077
[ $# -ge 2 ] || { sed -n '3,12p' "$0" >&2; exit 2; }
dir=$1
shift
mkdir -p "$dir"
cd "$dir"

ca() { # NAME SUBJECT
	[ -f "$1.pem" ] && return 0
	mkdir -p "$1.d/new"
	: > "$1.d/index"
	printf '%s\n' 1000 > "$1.d/serial"
	cat > "$1.d/ca.cnf" <<EOF
[ca]
default_ca = c
[c]
database = $1.d/index
serial = $1.d/serial
new_certs_dir = $1.d/new
certificate = $1.pem
private_key = $1.d/key.pem
default_md = sha256
policy = p
unique_subject = no
copy_extensions = none
[p]
countryName = supplied
organizationName = supplied
commonName = supplied
[req]
distinguished_name = dn
utf8 = yes
string_mask = utf8only
[dn]
[v3_ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[v3_sign]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[v3_enc]
basicConstraints = critical,CA:FALSE
keyUsage = critical,keyEncipherment,dataEncipherment
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
EOF
	openssl req -new -newkey rsa:3072 -noenc -keyout "$1.d/key.pem" -out "$1.d/ca.csr" -sha256 \
		-subj "$2" -config "$1.d/ca.cnf" 2>/dev/null
	# A clock set back for a test must still find the CA valid.
	openssl ca -batch -notext -selfsign -config "$1.d/ca.cnf" -keyfile "$1.d/key.pem" -extensions v3_ca \
		-startdate 20240101000000Z -enddate 20541231000000Z -in "$1.d/ca.csr" -out "$1.pem" 2>/dev/null
}

keyjobs=
for spec in "$@"; do
	name=${spec%%:*}
	bits=$(printf '%s\n' "$spec" | tr : '\n' | grep -x '[0-9][0-9][0-9][0-9]' || echo 3072)
	case $spec: in
	*:p256:*) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$name.key" 2>/dev/null & ;;
	*) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits" -out "$name.key" 2>/dev/null & ;;
	esac
	keyjobs="$keyjobs $!"
done
ca ca "/C=DE/O=Testbetrieb (keine echten Daten)/CN=Wegwerf-CA"
case " $* " in *:otherca*) ca other-ca "/C=DE/O=Testbetrieb (keine echten Daten)/CN=Andere CA" ;; esac
for job in $keyjobs; do wait "$job"; done

for spec in "$@"; do
	name=${spec%%:*}
	use=$(printf '%s\n' "$spec" | cut -d: -f2)
	variant=ok
	for v in expired future self otherca wrongusage; do
		case "$spec:" in *:$v:*) variant=$v ;; esac
	done
	from=20240101000000Z to=20540101000000Z ext=v3_$use issuer=ca
	case $variant in
	expired) to=20250101000000Z ;;
	future) from=20530101000000Z ;;
	otherca) issuer=other-ca ;;
	wrongusage) if [ "$use" = sign ]; then ext=v3_enc; else ext=v3_sign; fi ;;
	esac
	subject="/C=DE/O=Testbetrieb (keine echten Daten)/CN=$name"
	openssl req -new -key "$name.key" -subj "$subject" -out "$name.csr" -config ca.d/ca.cnf 2>/dev/null
	if [ "$variant" = self ]; then
		openssl x509 -req -in "$name.csr" -signkey "$name.key" -days 10000 -sha256 \
			-extfile ca.d/ca.cnf -extensions "$ext" -out "$name.pem" 2>/dev/null
	else
		openssl ca -batch -notext -config "$issuer.d/ca.cnf" -extensions "$ext" -startdate $from -enddate $to \
			-in "$name.csr" -out "$name.pem" 2>/dev/null
	fi
	openssl rand -hex 12 > "$name.pass"
	openssl pkcs12 -export -inkey "$name.key" -in "$name.pem" -out "$name.p12" -passout "file:$name.pass" 2>/dev/null
	rm -f "$name.key" "$name.csr"
done
