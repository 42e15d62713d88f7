//! A token that ends long work early, from any thread or a signal handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Error, ErrorKind, Result};

/// Shared by the work and by whoever may cancel it; clones are the same token.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    own: Arc<AtomicBool>,
    parent: Option<Arc<AtomicBool>>,
}

impl Cancel {
    /// A token that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token for a part of the work: set with this one, but not the other way round.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { own: Arc::default(), parent: Some(Arc::clone(&self.own)) }
    }

    /// Asks the work to end; stays set.
    pub fn set(&self) {
        self.own.store(true, Ordering::Relaxed);
    }

    /// Whether the work was asked to end.
    pub fn is_set(&self) -> bool {
        let is_set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        is_set(&self.own) || self.parent.as_deref().is_some_and(is_set)
    }

    /// An error once the token is set.
    pub fn check(&self) -> Result<()> {
        if self.is_set() { Err(Error::new(ErrorKind::Cancelled, "cancelled")) } else { Ok(()) }
    }
}
