//! ALSA's library, looked for while the program runs: this library is not
//! linked to it, and works where it is not installed.

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::ptr::{null_mut, with_exposed_provenance_mut};
use std::sync::OnceLock;

/// What `asound.h` calls `SND_PCM_STREAM_PLAYBACK`, `_CAPTURE` and so on.
const PLAYBACK: c_int = 0;
const CAPTURE: c_int = 1;
const NONBLOCK: c_int = 1;
const RW_INTERLEAVED: c_int = 3;
const FLOAT: c_int = if cfg!(target_endian = "big") { 15 } else { 14 };

/// Functions of the library, found by their names.
macro_rules! functions {
    ($($name:ident($($argument:ty),*) -> $result:ty;)*) => {
        struct Functions {
            $($name: unsafe extern "C" fn($($argument),*) -> $result,)*
        }

        impl Functions {
            /// # Safety
            /// `library` is a handle of the library whose functions have these types.
            unsafe fn find(library: *mut c_void) -> Option<Self> {
                $(
                    let name = concat!(stringify!($name), "\0");
                    // SAFETY: the name ends with NUL.
                    let $name = unsafe { libc::dlsym(library, name.as_ptr().cast()) };
                    if $name.is_null() {
                        return None;
                    }
                    // SAFETY: the caller's promise: this is the function's type.
                    let $name = unsafe {
                        std::mem::transmute::<*mut c_void, unsafe extern "C" fn($($argument),*) -> $result>($name)
                    };
                )*
                Some(Self { $($name,)* })
            }
        }
    };
}

functions! {
    snd_strerror(c_int) -> *const c_char;
    snd_card_next(*mut c_int) -> c_int;
    snd_device_name_hint(c_int, *const c_char, *mut *mut *mut c_void) -> c_int;
    snd_device_name_get_hint(*const c_void, *const c_char) -> *mut c_char;
    snd_device_name_free_hint(*mut *mut c_void) -> c_int;
    snd_pcm_open(*mut *mut c_void, *const c_char, c_int, c_int) -> c_int;
    snd_pcm_close(*mut c_void) -> c_int;
    snd_pcm_set_params(*mut c_void, c_int, c_int, c_uint, c_uint, c_int, c_uint) -> c_int;
    snd_pcm_get_params(*mut c_void, *mut c_ulong, *mut c_ulong) -> c_int;
    snd_pcm_start(*mut c_void) -> c_int;
    snd_pcm_drop(*mut c_void) -> c_int;
    snd_pcm_wait(*mut c_void, c_int) -> c_int;
    snd_pcm_prepare(*mut c_void) -> c_int;
    snd_pcm_resume(*mut c_void) -> c_int;
    snd_pcm_writei(*mut c_void, *const c_void, c_ulong) -> c_long;
    snd_pcm_readi(*mut c_void, *mut c_void, c_ulong) -> c_long;
}

/// The library, if the system has it.
pub struct Alsa(Functions);

/// A number of ALSA's for a failure, a negative errno.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub i32);

impl Code {
    /// Nothing can be done now.
    pub const AGAIN: Self = Self(-libc::EAGAIN);
    /// The device ran dry, or over.
    pub const GAP: Self = Self(-libc::EPIPE);
    /// The system slept, and the device with it.
    pub const ASLEEP: Self = Self(-libc::ESTRPIPE);
    const INTERRUPTED: Self = Self(-libc::EINTR);

    /// There is no such device, or none any more.
    pub fn is_absence(self) -> bool {
        [-libc::ENOENT, -libc::ENODEV, -libc::ENXIO].contains(&self.0)
    }
}

/// A device as ALSA's configuration describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What opens it.
    pub name: String,
    /// For people; lines.
    pub description: String,
    /// "Input", "Output", or both if it is `None`.
    pub direction: Option<String>,
}

fn checked(returned: c_int) -> Result<(), Code> {
    if returned < 0 { Err(Code(returned)) } else { Ok(()) }
}

impl Alsa {
    /// The library, loaded once.
    pub fn get() -> Option<&'static Self> {
        static LOADED: OnceLock<Option<Alsa>> = OnceLock::new();
        LOADED.get_or_init(Self::load).as_ref()
    }

    fn load() -> Option<Self> {
        // SAFETY: the name ends with NUL. ALSA has no initialisers that could disturb anything.
        let library = unsafe { libc::dlopen(c"libasound.so.2".as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() {
            return None;
        }
        // SAFETY: the functions' types are those of version 2 of the interface. It is never unloaded.
        unsafe { Functions::find(library).map(Self) }
    }

    /// What a number means.
    pub fn text(&self, code: Code) -> String {
        // SAFETY: it gives a static string for any number.
        let text = unsafe { (self.0.snd_strerror)(code.0) };
        if text.is_null() {
            return format!("error {}", code.0);
        }
        // SAFETY: not NULL, and a string.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    }

    /// Whether the machine has a sound card.
    pub fn has_card(&self) -> bool {
        let mut card = -1;
        // SAFETY: `card` is written.
        let found = unsafe { (self.0.snd_card_next)(&raw mut card) };
        found >= 0 && card >= 0
    }

    /// The devices that ALSA's configuration shows.
    pub fn hints(&self) -> Vec<Hint> {
        let mut list: *mut *mut c_void = null_mut();
        // SAFETY: the string ends with NUL; `list` is written.
        if unsafe { (self.0.snd_device_name_hint)(-1, c"pcm".as_ptr(), &raw mut list) } < 0 || list.is_null() {
            return Vec::new();
        }
        let mut hints = Vec::new();
        // SAFETY: the list ends with NULL.
        for hint in (0..).map(|i| unsafe { *list.add(i) }).take_while(|hint| !hint.is_null()) {
            // SAFETY: `hint` is one of the list.
            let text = |key| unsafe { self.hint_text(hint, key) };
            if let Some(name) = text(c"NAME") {
                let description = text(c"DESC").unwrap_or_else(|| name.clone());
                hints.push(Hint { name, description, direction: text(c"IOID") });
            }
        }
        // SAFETY: the list came from `snd_device_name_hint`, and is not used any more.
        unsafe { (self.0.snd_device_name_free_hint)(list) };
        hints
    }

    /// # Safety
    /// `hint` is one of a list that lives.
    unsafe fn hint_text(&self, hint: *const c_void, key: &CStr) -> Option<String> {
        // SAFETY: the caller's promise.
        let text = unsafe { (self.0.snd_device_name_get_hint)(hint, key.as_ptr()) };
        if text.is_null() {
            return None;
        }
        // SAFETY: a string of its own, which the caller must free.
        unsafe {
            let owned = CStr::from_ptr(text).to_string_lossy().into_owned();
            libc::free(text.cast());
            Some(owned)
        }
    }

    /// Opens a device.
    ///
    /// # Errors
    /// ALSA's number for why not.
    pub fn open(&'static self, name: &str, is_input: bool) -> Result<Pcm, Code> {
        let name = CString::new(name).map_err(|_| Code(-libc::ENOENT))?;
        let direction = if is_input { CAPTURE } else { PLAYBACK };
        let mut handle = null_mut();
        // SAFETY: the name ends with NUL; `handle` is written.
        checked(unsafe { (self.0.snd_pcm_open)(&raw mut handle, name.as_ptr(), direction, NONBLOCK) })?;
        Ok(Pcm { alsa: &self.0, handle: handle.expose_provenance(), channels: 0 })
    }
}

/// A device at work, used by one thread at a time.
pub struct Pcm {
    alsa: &'static Functions,
    /// The address of ALSA's own object, which may move between threads.
    handle: usize,
    channels: usize,
}

impl Pcm {
    fn handle(&self) -> *mut c_void {
        with_exposed_provenance_mut(self.handle)
    }

    /// Sets it up for interleaved 32-bit floats and a buffer of so many
    /// microseconds, in four periods; returns the frames of the buffer and of a period.
    ///
    /// # Errors
    /// The device does not take that.
    pub fn set(&mut self, rate: u32, channels: u32, microseconds: u32) -> Result<(u64, u64), Code> {
        let (mut buffer, mut period) = (0, 0);
        // SAFETY: the handle is open; the numbers are written.
        unsafe {
            let convert = 1;
            checked((self.alsa.snd_pcm_set_params)(
                self.handle(),
                FLOAT,
                RW_INTERLEAVED,
                channels,
                rate,
                convert,
                microseconds,
            ))?;
            checked((self.alsa.snd_pcm_get_params)(self.handle(), &raw mut buffer, &raw mut period))?;
        }
        self.channels = channels as usize;
        #[allow(clippy::useless_conversion)] // 32 bits on some machines
        Ok((buffer.into(), period.into()))
    }

    /// Begins to record; playing begins by itself, once the buffer is full.
    ///
    /// # Errors
    /// The device is gone.
    pub fn start(&mut self) -> Result<(), Code> {
        // SAFETY: the handle is open.
        checked(unsafe { (self.alsa.snd_pcm_start)(self.handle()) })
    }

    /// Waits until it can be written to or read from, or the time is up: then it is false.
    ///
    /// # Errors
    /// As [`Pcm::recover`] takes them.
    pub fn wait(&mut self, milliseconds: i32) -> Result<bool, Code> {
        // SAFETY: the handle is open.
        let ready = unsafe { (self.alsa.snd_pcm_wait)(self.handle(), milliseconds) };
        checked(ready).map(|()| ready > 0)
    }

    /// Gives it whole frames to play; returns how many it took.
    ///
    /// # Errors
    /// [`Code::AGAIN`] if it has no room, others as [`Pcm::recover`] takes them.
    ///
    /// # Panics
    /// If it was not set up.
    pub fn write(&mut self, samples: &[f32]) -> Result<usize, Code> {
        let frames = samples.len() / self.channels;
        // SAFETY: the handle is open, and there are as many frames.
        let done = unsafe { (self.alsa.snd_pcm_writei)(self.handle(), samples.as_ptr().cast(), frames as c_ulong) };
        usize::try_from(done).map_err(|_| Code(done as i32))
    }

    /// Takes recorded frames; returns how many.
    ///
    /// # Errors
    /// [`Code::AGAIN`] if there are none, others as [`Pcm::recover`] takes them.
    ///
    /// # Panics
    /// If it was not set up.
    pub fn read(&mut self, samples: &mut [f32]) -> Result<usize, Code> {
        let frames = samples.len() / self.channels;
        // SAFETY: the handle is open, and there is room for as many frames.
        let done = unsafe { (self.alsa.snd_pcm_readi)(self.handle(), samples.as_mut_ptr().cast(), frames as c_ulong) };
        usize::try_from(done).map_err(|_| Code(done as i32))
    }

    /// Makes it ready again after a gap or a sleep of the system.
    ///
    /// # Errors
    /// [`Code::AGAIN`] while it still wakes up; it was neither: the same number.
    pub fn recover(&mut self, code: Code) -> Result<(), Code> {
        // SAFETY: the handle is open.
        let prepare = || checked(unsafe { (self.alsa.snd_pcm_prepare)(self.handle()) });
        match code {
            Code::INTERRUPTED => Ok(()),
            Code::GAP => prepare(),
            // SAFETY: the handle is open.
            Code::ASLEEP => match checked(unsafe { (self.alsa.snd_pcm_resume)(self.handle()) }) {
                Err(Code::AGAIN) => Err(Code::AGAIN),
                Ok(()) => Ok(()),
                // Not every device can go on where it was.
                Err(_) => prepare(),
            },
            code => Err(code),
        }
    }
}

impl Drop for Pcm {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and not used any more.
        unsafe {
            if self.channels > 0 {
                (self.alsa.snd_pcm_drop)(self.handle());
            }
            (self.alsa.snd_pcm_close)(self.handle());
        }
    }
}
