//! The boundary: no panic crosses it, and every failure becomes a status.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{Failure, ondes_error};
use super::handle::{self, Opaque};
use super::status::ondes_status;

/// Runs one fallible function of the C ABI.
///
/// # Safety
/// `err` is NULL or may be written.
pub(crate) unsafe fn call<F>(err: *mut *mut ondes_error, body: F) -> i32
where
    F: FnOnce() -> Result<(), Failure>,
{
    // SAFETY: the caller's promise.
    unsafe { report(err, function_of::<F>(), body) }
}

/// Runs a function of the C ABI that makes an object and gives it to the caller in `out`.
///
/// # Safety
/// `out` and `err` are NULL or may be written.
pub(crate) unsafe fn make<O: Opaque, F>(out: *mut *mut O, argument: &str, err: *mut *mut ondes_error, body: F) -> i32
where
    F: FnOnce() -> Result<O::State, Failure>,
{
    // SAFETY: the caller's promise.
    unsafe { report(err, function_of::<F>(), || handle::give(out, argument, body)) }
}

/// Runs the body of `function`; returns its status, and what went wrong in `err`.
///
/// # Safety
/// `err` is NULL or may be written.
unsafe fn report(err: *mut *mut ondes_error, function: &str, body: impl FnOnce() -> Result<(), Failure>) -> i32 {
    if !err.is_null() {
        // SAFETY: not NULL, so the caller lets it be written.
        unsafe { err.write(std::ptr::null_mut()) };
    }
    let Err(failure) = run(body) else { return ondes_status::Ok as i32 };
    let failure = failure.in_function(function);
    let status = failure.status() as i32;
    if !err.is_null() {
        // SAFETY: as above.
        unsafe { err.write(handle::new(failure)) };
    }
    status
}

/// Runs a getter that cannot fail; `fallback` is its value for NULL and other misuse.
pub(crate) fn get<R>(fallback: R, body: impl FnOnce() -> Result<R, Failure>) -> R {
    run(body).unwrap_or(fallback)
}

/// Runs what returns nothing.
pub(crate) fn quietly(body: impl FnOnce()) {
    let _ = run(|| {
        body();
        Ok(())
    });
}

fn run<R>(body: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    // Unwind safe: state is behind `Exclusive`, which a panic poisons.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        let text = panic_text(&*payload);
        let failure = Failure::new(ondes_status::Panic, &format!("a fault of the library was caught: {text}"));
        // Dropping a payload of an unknown type could panic again.
        std::mem::forget(payload);
        Err(failure)
    })
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

/// The function of the C ABI whose closure `F` is; only for messages.
fn function_of<F>() -> &'static str {
    let path = std::any::type_name::<F>();
    path.split("::").find(|part| part.starts_with("ondes_")).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::error::{ondes_error_free, ondes_error_message, ondes_error_status};
    use crate::capi::handle::{Exclusive, Opaque};
    use std::ffi::CStr;
    use std::ptr::null_mut;

    struct ondes_bomb;

    impl Opaque for ondes_bomb {
        type State = Exclusive<u32>;
        const TAG: u64 = 7;
    }

    unsafe extern "C" fn ondes_bomb_touch(bomb: *mut ondes_bomb, explode: bool, err: *mut *mut ondes_error) -> i32 {
        // SAFETY: the test's pointers are valid.
        unsafe {
            call(err, || {
                let mut state = handle::state(bomb, "bomb")?.enter("bomb")?;
                *state += 1;
                assert!(!explode, "planted {}", *state);
                Ok(())
            })
        }
    }

    #[test]
    fn a_panic_becomes_a_status_and_poisons_the_handle() {
        let bomb: *mut ondes_bomb = handle::new(Exclusive::new(0));
        let mut err = null_mut();
        // SAFETY: the handle lives until it is freed at the end.
        unsafe {
            assert_eq!(ondes_bomb_touch(bomb, false, &raw mut err), 0);
            assert!(err.is_null());
            assert_eq!(ondes_bomb_touch(bomb, true, &raw mut err), ondes_status::Panic as i32);
            assert_eq!(ondes_error_status(err), ondes_status::Panic as i32);
            let text = CStr::from_ptr(ondes_error_message(err)).to_str().unwrap();
            assert_eq!(text, "a fault of the library was caught: planted 2");
            ondes_error_free(err);
            assert_eq!(ondes_bomb_touch(bomb, false, &raw mut err), ondes_status::Poisoned as i32);
            let text = CStr::from_ptr(ondes_error_message(err)).to_str().unwrap();
            assert!(text.starts_with("ondes_bomb_touch: bomb was made unusable"), "{text}");
            ondes_error_free(err);
            handle::free(bomb);
        }
    }

    #[test]
    fn a_getter_gives_its_fallback_on_a_panic() {
        assert_eq!(get(3, || panic!("planted")), 3);
    }
}
