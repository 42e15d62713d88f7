//! The C ABI: thin functions over [`crate::audio`].
