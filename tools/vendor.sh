#!/bin/sh
# Makes static/vendor/age-encryption-*, scure-bip39-*, mediabunny-*, leaflet-* and vladmandic-face-api-* again, from the
# exact versions and digests in tools/vendor/package-lock.json. Needs npm and node 20 or newer. Afterwards
# `git diff static/vendor` shows what changed: nothing, unless a version did.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$root"/tools/vendor/*.js "$root"/tools/vendor/*.json "$root"/tools/vendor/.npmrc "$work"
cd "$work"
npm ci --loglevel=error

version() {
  node -p "require('./node_modules/$1/package.json').version"
}

# bundle ENTRY FILE PACKAGE…: one minified ES module, and the licence of each package in it.
bundle() {
  entry=$1 file=$2
  shift 2
  folder=$root/static/vendor/$(echo "$1" | tr -d @ | tr / -)-$(version "$1")
  rm -rf "$folder"
  mkdir -p "$folder"
  node_modules/.bin/esbuild "$entry" --bundle --minify --format=esm --target=es2022 --charset=utf8 \
    --legal-comments=none --log-level=warning --outfile="$folder/$file"
  for package; do
    printf '%s %s\n\n' "$package" "$(version "$package")"
    cat "node_modules/$package/LICENSE"
    printf '\n%s\n\n' "----------------------------------------------------------------------"
  done > "$folder/LICENSE"
  (cd "$folder" && sha256sum "$file" LICENSE > SHA256SUMS)
}

bundle age.js age.min.js age-encryption @noble/ciphers @noble/curves @noble/hashes @noble/post-quantum @scure/base
bundle words.js english.min.js @scure/bip39
bundle mediabunny.js mediabunny.min.js mediabunny

# Leaflet as it is published, without its pictures: the map draws its own marks.
folder=$root/static/vendor/leaflet-$(version leaflet)
rm -rf "$folder"
mkdir -p "$folder"
cp node_modules/leaflet/dist/leaflet.js node_modules/leaflet/dist/leaflet.css node_modules/leaflet/LICENSE "$folder"
(cd "$folder" && sha256sum leaflet.js leaflet.css LICENSE > SHA256SUMS)

# Of face-api only the weights of its small face detector: static/js/edit-faces.js runs them. No other model is shipped.
folder=$root/static/vendor/vladmandic-face-api-$(version @vladmandic/face-api)
rm -rf "$folder"
mkdir -p "$folder"
(
  cd node_modules/@vladmandic/face-api
  cp model/tiny_face_detector_model.bin model/tiny_face_detector_model-weights_manifest.json LICENSE "$folder"
)
(cd "$folder" && sha256sum tiny_face_detector_model* LICENSE > SHA256SUMS)
