//! Uncompressed audio: samples straight from the bytes of a file.
