# To be sourced: the version of Cargo.toml, and the time that what is packaged carries, that of the last commit, so that
# the same sources give the same packages. Set for the packaging alone: the C code's builds start anew with another
# SOURCE_DATE_EPOCH.

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
packaged_at=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml)}
