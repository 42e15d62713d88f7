//! Handles: opaque C types and the Rust state behind each.

use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use super::args;
use super::error::Failure;
use super::status::ondes_status;

/// An opaque C type, with what stands behind a pointer to it.
///
/// `Send + Sync`: a C caller may hand the pointer to any thread, and nothing
/// but these bounds makes the compiler look.
pub(crate) trait Opaque {
    /// The state that a pointer leads to.
    type State: Send + Sync;
    /// Stands in front of the state, to find out a pointer to something else.
    const TAG: u64;

    /// Whether a call is at work in it, so that it cannot be freed now.
    fn is_busy(_state: &Self::State) -> bool {
        false
    }
}

#[repr(C)]
struct Handle<T> {
    tag: u64,
    state: T,
}

/// The tag of what was freed: while the memory is not used again, a second use is found out.
const FREED: u64 = 0;

/// An object that another one holds, and lends to C.
pub(crate) struct Lent<O: Opaque>(Box<Handle<O::State>>);

impl<O: Opaque> Lent<O> {
    pub(crate) fn new(state: O::State) -> Self {
        Self(Box::new(Handle { tag: O::TAG, state }))
    }

    pub(crate) fn pointer(&self) -> *const O {
        (&raw const *self.0).cast()
    }

    pub(crate) fn state(&self) -> &O::State {
        &self.0.state
    }
}

/// Gives the state to the caller, as a pointer.
pub(crate) fn new<O: Opaque>(state: O::State) -> *mut O {
    Box::into_raw(Box::new(Handle { tag: O::TAG, state })).cast()
}

/// Gives the caller, in `out`, a pointer to the state that `make` makes.
///
/// # Safety
/// `out` is NULL or may be written.
pub(crate) unsafe fn give<O: Opaque>(
    out: *mut *mut O,
    argument: &str,
    make: impl FnOnce() -> Result<O::State, Failure>,
) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    let out = unsafe { args::output(out, argument, std::ptr::null_mut())? };
    *out = new(make()?);
    Ok(())
}

/// The state behind `pointer`.
///
/// # Safety
/// NULL, or a live handle for as long as `'a`. Other readable memory is found out by its tag.
pub(crate) unsafe fn state<'a, O: Opaque + 'a>(pointer: *const O, argument: &str) -> Result<&'a O::State, Failure> {
    if pointer.is_null() {
        return Err(Failure::null(argument));
    }
    // SAFETY: the caller's promise.
    unsafe { peek(pointer) }
        .ok_or_else(|| Failure::new(ondes_status::WrongHandle, &format!("{argument} is no live {}", short_name::<O>())))
}

/// The state behind `pointer`, if it is a live handle: without a message, and
/// so without allocating anything.
///
/// # Safety
/// As for [`state`].
pub(crate) unsafe fn peek<'a, O: Opaque + 'a>(pointer: *const O) -> Option<&'a O::State> {
    let handle = pointer.cast::<Handle<O::State>>();
    // SAFETY: the caller's pointer leads to a handle, whose tag comes first.
    if pointer.is_null() || !handle.is_aligned() || unsafe { (&raw const (*handle).tag).read() } != O::TAG {
        return None;
    }
    // SAFETY: the tag says that this is a handle of the type.
    Some(unsafe { &(*handle).state })
}

/// Frees a handle; NULL and what is no handle of the type are left alone.
///
/// # Safety
/// As for [`state`], and nothing else uses the handle.
pub(crate) unsafe fn free<O: Opaque>(pointer: *mut O) {
    super::boundary::quietly(|| {
        // SAFETY: as the caller promises.
        let Some(state) = (unsafe { peek(pointer) }) else { return };
        if O::is_busy(state) {
            // Freed from inside its own callback: a leak is the lesser evil.
            return;
        }
        let handle = pointer.cast::<Handle<O::State>>();
        // SAFETY: `peek` checked the tag, so `new` made this box. The write is
        // volatile because the optimiser sees that the memory goes away.
        unsafe {
            (&raw mut (*handle).tag).write_volatile(FREED);
            drop(Box::from_raw(handle));
        }
    });
}

/// The C type's name, without the modules.
fn short_name<O>() -> &'static str {
    let name = std::any::type_name::<O>();
    name.rsplit("::").next().unwrap_or(name)
}

/// State that one call at a time may use.
///
/// A call never waits: a second thread is told, and so is a callback that
/// calls back into the object it was called from, instead of a deadlock.
pub(crate) struct Exclusive<T>(Mutex<T>);

impl<T> Exclusive<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Enters. A panic inside poisons the state for good.
    pub(crate) fn enter(&self, argument: &str) -> Result<MutexGuard<'_, T>, Failure> {
        self.0.try_lock().map_err(|error| refused(&error, argument))
    }

    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.0.try_lock(), Err(TryLockError::WouldBlock))
    }
}

/// State that any number of calls may use together, or one alone that changes it.
///
/// No call waits, as with [`Exclusive`].
pub(crate) struct Shared<T>(RwLock<T>);

impl<T> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(RwLock::new(value))
    }

    /// Enters beside others.
    pub(crate) fn enter(&self, argument: &str) -> Result<RwLockReadGuard<'_, T>, Failure> {
        self.0.try_read().map_err(|error| refused(&error, argument))
    }

    /// Enters alone. A panic inside poisons the state for good.
    pub(crate) fn enter_alone(&self, argument: &str) -> Result<RwLockWriteGuard<'_, T>, Failure> {
        self.0.try_write().map_err(|error| refused(&error, argument))
    }
}

fn refused<G>(error: &TryLockError<G>, argument: &str) -> Failure {
    match error {
        TryLockError::WouldBlock => Failure::new(
            ondes_status::Busy,
            &format!("{argument} is in use: by another thread, or by the call that runs this callback"),
        ),
        TryLockError::Poisoned(_) => Failure::new(
            ondes_status::Poisoned,
            &format!("{argument} was made unusable by a fault in an earlier call; free it and open it again"),
        ),
    }
}
