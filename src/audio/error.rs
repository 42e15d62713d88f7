//! What can go wrong, and what each kind asks of the caller.

use std::fmt;

/// Result of a domain operation.
pub type Result<T> = std::result::Result<T, Error>;

/// The class of an error; one status of the C ABI each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument has a value that the call does not take: fix the call.
    InvalidArgument,
    /// What is asked for is in use: wait, or let go of it first.
    Busy,
    /// The object was closed: open it again.
    Closed,
    /// No such file: check the path.
    NotFound,
    /// The path names a directory: name a file in it.
    IsDirectory,
    /// The operating system refused access: check the permissions.
    Permission,
    /// The device is full: make room and write again.
    NoSpace,
    /// Another input or output failure: see the operating system's code.
    Io,
    /// The caller's callback failed or returned nonsense: fix the callback.
    Callback,
    /// The bytes are no known audio format: it may not be audio at all.
    Unrecognized,
    /// A known format or codec that is not decoded, or something that this build was made without.
    Unsupported,
    /// The format is known but its bytes are damaged.
    Malformed,
    /// The file asks for more than the limits against hostile files allow.
    Limit,
    /// Rate, channels or depth change in mid-stream: read the part before it.
    FormatChanged,
    /// The operation needs a source that can seek.
    NotSeekable,
    /// A position outside the stream.
    OutOfRange,
    /// There is no such device, or no sound system.
    NoDevice,
    /// The device went away while it was in use.
    DeviceLost,
    /// The sound system refuses to open the device like this.
    DeviceRefused,
    /// Recorded frames were dropped because nobody read them in time.
    InputDropped,
    /// The time that the caller gave was up.
    TimedOut,
    /// The caller cancelled the operation.
    Cancelled,
    /// The system has no memory left for the result.
    OutOfMemory,
    /// A fault of this library: please report it.
    Internal,
}

/// An error with everything a person needs to act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    os_code: Option<i32>,
    offset: Option<u64>,
}

impl Error {
    /// An error of `kind` whose `message` says what and why, without the file's name.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), os_code: None, offset: None }
    }

    /// The caller passed something the call does not take.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// A known format with damaged bytes.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    /// A known format or codec that is not decoded, or something left out of this build; the message names it.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// Bytes of no known format.
    pub fn unrecognized(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unrecognized, message)
    }

    /// A value beyond the limits against hostile files.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    /// An operating system error while doing `what` ("open", "read").
    pub fn io(what: &str, error: &std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let kind = match error.kind() {
            Io::NotFound => ErrorKind::NotFound,
            Io::IsADirectory => ErrorKind::IsDirectory,
            Io::PermissionDenied | Io::ReadOnlyFilesystem => ErrorKind::Permission,
            Io::StorageFull | Io::QuotaExceeded => ErrorKind::NoSpace,
            Io::OutOfMemory => ErrorKind::OutOfMemory,
            _ => ErrorKind::Io,
        };
        Self { kind, message: format!("cannot {what}: {error}"), os_code: error.raw_os_error(), offset: None }
    }

    /// Adds the byte position in the file where the trouble is.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// Puts the source's name in front of the message.
    #[must_use]
    pub fn in_source(mut self, name: &str) -> Self {
        if !name.is_empty() {
            self.message = format!("{name}: {}", self.message);
        }
        self
    }

    /// The same error, for a call that came after the one that met it.
    #[must_use]
    pub fn after_failure(mut self) -> Self {
        self.message = format!("nothing more can be done after this error: {}", self.message);
        self
    }

    /// The class of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What went wrong, where and why, in one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The operating system's error number, where there is one.
    pub fn os_code(&self) -> Option<i32> {
        self.os_code
    }

    /// The byte position in the file, where it is known.
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }
}

/// A count as messages have it: "1 channel", "2 channels".
pub(crate) fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(offset) = self.offset {
            write!(f, " (at byte {offset})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
