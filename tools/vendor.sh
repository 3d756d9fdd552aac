#!/bin/sh
# Fetch the browser libraries at their pinned versions into static/vendor. Run by hand when a version changes; needs npm.
# What is committed is what `npm pack` gives, less the source maps and the comments that point at them:
# the hashed names of static files are made by following every address in a style sheet.
set -eu
cd "$(dirname "$0")/.."
vendor=$PWD/static/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
table=

# fetch NAME VERSION LICENCE FILE...   (FILE: path in the package)
fetch() {
    name=$1 version=$2 licence=$3
    shift 3
    folder=$(echo "${name#@}" | tr / - | sed 's/\.org$//')
    archive=$(cd "$work" && npm pack -s "$name@$version")
    mkdir -p "$work/$folder" "$vendor/$folder"
    rm -rf "${vendor:?}/$folder"/*
    tar -xzf "$work/$archive" -C "$work/$folder" --strip-components=1
    for file in "$@" LICENSE; do
        target=$vendor/$folder/$(echo "$file" | sed 's#^dist/##; s#^font/##')
        mkdir -p "$(dirname "$target")"
        case $file in
        *.css) sed '/^\/\*# sourceMappingURL=/d' "$work/$folder/$file" >"$target" ;;
        *.js) sed '/^\/\/# sourceMappingURL=/d' "$work/$folder/$file" >"$target" ;;
        *) cp "$work/$folder/$file" "$target" ;;
        esac
        chmod 644 "$target"
        table="$table| $name | $version | $licence | \`${target#"$vendor/"}\` | \`$(sha256sum "$target" | cut -d' ' -f1)\` |
"
    done
}

fetch htmx.org 2.0.11 0BSD dist/htmx.min.js
fetch bootstrap 5.3.9 MIT dist/css/bootstrap.min.css dist/js/bootstrap.bundle.min.js
fetch bootstrap-icons 1.13.2 MIT font/bootstrap-icons.min.css font/fonts/bootstrap-icons.woff2 \
    font/fonts/bootstrap-icons.woff
fetch @github/hotkey 3.1.4 MIT dist/index.js

cat >"$vendor/README.md" <<END
# Browser libraries

Pinned copies, fetched by \`tools/vendor.sh\`; nothing is loaded from elsewhere. Their licences lie beside them.

| Package | Version | Licence | File | SHA-256 |
|---|---|---|---|---|
$table
END
sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$vendor/README.md"
cat "$vendor/README.md"
