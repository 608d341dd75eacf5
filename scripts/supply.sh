#!/bin/sh
# What an installation is made of, and what is known against it.
#   scripts/supply.sh sbom    write sbom/python.cdx.json and sbom/node.cdx.json (CycloneDX)
#   scripts/supply.sh audit   ask PyPI's and npm's advisories about every pinned version; 1 where there are any
# The two tools have an environment of their own, made on the first call: nothing that runs or tests Soundstage needs them.
set -eu
cd "$(dirname "$0")/.."
TOOLS=.supply-tools
# cyclonedx-bom is OWASP's own, pip-audit PyPA's.
PINS="cyclonedx-bom==7.5.0 pip-audit==2.10.1"

if [ "$(cat "$TOOLS/.pins" 2>/dev/null)" != "$PINS" ]; then
  .venv/bin/python -m venv --clear "$TOOLS"
  # shellcheck disable=SC2086 # two words
  "$TOOLS/bin/pip" install --quiet --disable-pip-version-check $PINS
  echo "$PINS" > "$TOOLS/.pins"
fi
PATH="$PWD/.venv/bin:$PATH"

case "${1:-}" in
  sbom)
    mkdir -p sbom
    "$TOOLS/bin/cyclonedx-py" environment --output-reproducible --of JSON -o sbom/python.cdx.json .venv/bin/python
    # npm wants a version of the whole, which there is not before the first release.
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    cp package-lock.json "$copy"
    sed 's/"private": true,/"private": true,\n  "version": "0.0.0",/' package.json > "$copy/package.json"
    (cd "$copy" && npm sbom --package-lock-only --sbom-format cyclonedx 2>/dev/null) > sbom/node.cdx.json
    wc -c sbom/*.json
    ;;
  audit)
    known=0
    # --strict: a version about which nobody could be asked is no good news.
    "$TOOLS/bin/pip-audit" --strict --disable-pip --no-deps -r constraints.txt || known=1
    npm audit --package-lock-only || known=1
    exit "$known"
    ;;
  *)
    sed -n '2,4p' "$0"
    exit 2
    ;;
esac
