//! Devices

use std::ffi::{CString, c_char};

use super::error::{Failure, c_string, ondes_error};
use super::handle::{self, Opaque};
use super::{args, boundary};
use crate::audio::device::{self, Device, Direction};

/// Which way audio goes.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_direction {
    /// From a device: recording.
    Input = 1,
    /// To a device: playing.
    Output = 2,
}

pub(crate) fn direction(number: i32, argument: &str) -> Result<Direction, Failure> {
    let directions =
        [(ondes_direction::Input as i32, Direction::Input), (ondes_direction::Output as i32, Direction::Output)];
    args::choice(directions, number, argument, "ONDES_DIRECTION_")
}

/// The devices of one direction, as they were when they were listed.
pub struct ondes_devices {
    _private: [u8; 0],
}

/// Devices with their strings for C.
pub(crate) struct List(Vec<(Device, CString, CString)>);

impl Opaque for ondes_devices {
    type State = List;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesDev");
}

/// Lists the devices of one direction, an ONDES_DIRECTION_ number, the system's default first, 1024 at most.
///
/// Those of the first sound system that answers: PulseAudio, which PipeWire speaks too, or else ALSA. Without any the
/// list is empty; opening "default" tells why. The test devices "null" and "loopback" (docs/C-API.md) are always there and never listed.
///
/// Returns: ONDES_STATUS_OK; UNSUPPORTED where the library was built without devices; DEVICE_LOST if the system breaks off.
/// Lifetime: until ondes_devices_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_devices_list(
    direction: i32,
    out_devices: *mut *mut ondes_devices,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_devices, "out_devices", err, || {
            let devices = device::devices(self::direction(direction, "direction")?)?;
            let with_strings = |device: Device| {
                let (id, name) = (c_string(&device.id), c_string(&device.name));
                (device, id, name)
            };
            Ok(List(devices.into_iter().map(with_strings).collect()))
        })
    }
}

/// # Safety
/// As for [`handle::state`].
unsafe fn entry<'a>(devices: *const ondes_devices, index: u64) -> Result<&'a (Device, CString, CString), Failure> {
    // SAFETY: the caller's promise.
    let list = unsafe { handle::state(devices, "devices")? };
    usize::try_from(index).ok().and_then(|i| list.0.get(i)).ok_or_else(|| Failure::invalid("index is beyond the list"))
}

/// Counts the devices of a list.
///
/// Returns: the count; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_devices_count(devices: *const ondes_devices) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(devices, "devices")?.0.len() as u64)) }
}

/// Tells what opens a device, now and after the next start of the system: "pulse:alsa_output.usb-…".
///
/// Returns: the id; NULL beyond the list, and for NULL.
/// Lifetime: until the list is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_devices_id(devices: *const ondes_devices, index: u64) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(std::ptr::null(), || Ok(entry(devices, index)?.1.as_ptr())) }
}

/// Tells a device's name for people. It opens the device too, for as long as it has that name.
///
/// Returns: the name, another one for each device of the list; NULL beyond the list, and for NULL.
/// Lifetime: until the list is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_devices_name(devices: *const ondes_devices, index: u64) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(std::ptr::null(), || Ok(entry(devices, index)?.2.as_ptr())) }
}

/// Tells the rate at which a device needs no conversion.
///
/// Returns: the rate in Hz; 0 if it is not known, beyond the list, and for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_devices_rate(devices: *const ondes_devices, index: u64) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(entry(devices, index)?.0.rate)) }
}

/// Tells how many channels a device has.
///
/// Returns: the channels; 0 if they are not known, beyond the list, and for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_devices_channels(devices: *const ondes_devices, index: u64) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(entry(devices, index)?.0.channels)) }
}

/// Tells whether a device is the one that the system prefers.
///
/// Returns: 1 if it is, otherwise 0; 0 beyond the list, and for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_devices_is_default(devices: *const ondes_devices, index: u64) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(entry(devices, index)?.0.is_default.into())) }
}

/// Frees a list; NULL is fine.
///
/// Threads: any, once.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_devices_free(devices: *mut ondes_devices) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(devices) }
}
