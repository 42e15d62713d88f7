//! Gives the shared library its SONAME, which cargo has no setting for: with
//! it a program finds every compatible version, and no other.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "android" | "freebsd") => {
            // For all targets, as programs have no name of the kind: the key for
            // shared libraries alone warns where the manifest has a plain one.
            println!("cargo:rustc-link-arg=-Wl,-soname,libondes.so.{major}");
        }
        Ok("macos") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libondes.{major}.dylib");
        }
        _ => {}
    }
}
