//! Batch
