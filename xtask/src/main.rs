//! Project chores: header, ABI and documentation generators with `--check`.
fn main() {}
