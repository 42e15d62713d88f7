//! Which files this process shows as memory.
//!
//! A file that is written anew is cut short first, which takes the memory of
//! its maps away: touching it is then a bus error. Whoever writes asks here
//! before. Files are told apart by device and inode, so that links and paths
//! of any spelling are the same file.
//!
//! There is no lock: a process may fork at any moment, and its child would find
//! one taken for ever. The child has its own copy of the maps, and of this list.

use std::fs::File;
use std::io;

/// Keeps a file in the list until it is dropped.
#[derive(Debug)]
pub struct Held(
    /// Only this one's place: a file may be mapped many times.
    #[cfg(unix)]
    &'static list::Entry,
);

#[cfg(unix)]
impl Drop for Held {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Notes that a file is mapped.
#[cfg(unix)]
pub fn hold(file: &File) -> io::Result<Held> {
    Ok(Held(list::add(list::Id::of(file)?)))
}

/// Whether a file is mapped.
#[cfg(unix)]
pub fn is_held(file: &File) -> io::Result<bool> {
    Ok(list::contains(list::Id::of(file)?))
}

/// Windows itself keeps mapped files from being cut short.
#[cfg(windows)]
pub fn hold(_file: &File) -> io::Result<Held> {
    Ok(Held())
}

/// See [`hold`].
#[cfg(windows)]
pub fn is_held(_file: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
mod list {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::ptr;
    use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU64, Ordering};

    /// Chains of entries, so that thousands of maps are found as fast as one.
    static CHAINS: [AtomicPtr<Entry>; 256] = [const { AtomicPtr::new(ptr::null_mut()) }; 256];

    /// What tells one file from another.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Id {
        device: u64,
        inode: u64,
    }

    impl Id {
        pub fn of(file: &File) -> io::Result<Self> {
            let metadata = file.metadata()?;
            Ok(Self { device: metadata.dev(), inode: metadata.ino() })
        }

        fn chain(self) -> &'static AtomicPtr<Entry> {
            &CHAINS[(self.inode % CHAINS.len() as u64) as usize]
        }
    }

    const FREE: u8 = 0;
    /// Somebody's, who has not filled it yet.
    const TAKEN: u8 = 1;
    const FILLED: u8 = 2;

    /// A place for one mapped file, used again and again.
    #[derive(Debug)]
    pub struct Entry {
        state: AtomicU8,
        device: AtomicU64,
        inode: AtomicU64,
        next: AtomicPtr<Entry>,
    }

    impl Entry {
        fn take(&self) -> bool {
            self.state.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
        }

        fn fill(&self, id: Id) {
            self.device.store(id.device, Ordering::Relaxed);
            self.inode.store(id.inode, Ordering::Relaxed);
            self.state.store(FILLED, Ordering::Release);
        }

        pub fn release(&self) {
            self.state.store(FREE, Ordering::Release);
        }

        /// Of a place that changes hands meanwhile it may tell either.
        fn holds(&self, id: Id) -> bool {
            self.state.load(Ordering::Acquire) == FILLED
                && self.device.load(Ordering::Relaxed) == id.device
                && self.inode.load(Ordering::Relaxed) == id.inode
        }
    }

    pub fn add(id: Id) -> &'static Entry {
        let chain = id.chain();
        let entry = entries(chain).find(|entry| entry.take()).unwrap_or_else(|| lengthen(chain));
        entry.fill(id);
        entry
    }

    pub fn contains(id: Id) -> bool {
        entries(id.chain()).any(|entry| entry.holds(id))
    }

    fn entries(chain: &AtomicPtr<Entry>) -> impl Iterator<Item = &'static Entry> {
        let mut next = chain.load(Ordering::Acquire);
        std::iter::from_fn(move || {
            // SAFETY: NULL, or an entry of `lengthen`, which is never freed.
            let entry = unsafe { next.as_ref() }?;
            next = entry.next.load(Ordering::Relaxed);
            Some(entry)
        })
    }

    /// Adds a place that is taken. There are never more than there were maps at one time.
    fn lengthen(chain: &AtomicPtr<Entry>) -> &'static Entry {
        let entry: &'static Entry = Box::leak(Box::new(Entry {
            state: AtomicU8::new(TAKEN),
            device: AtomicU64::new(0),
            inode: AtomicU64::new(0),
            next: AtomicPtr::new(chain.load(Ordering::Relaxed)),
        }));
        let mut first = entry.next.load(Ordering::Relaxed);
        // Acquire: whoever comes to this entry also comes to those behind it.
        while let Err(other) =
            chain.compare_exchange(first, ptr::from_ref(entry).cast_mut(), Ordering::AcqRel, Ordering::Acquire)
        {
            entry.next.store(other, Ordering::Relaxed);
            first = other;
        }
        entry
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// Of no file, and in one chain.
        fn id(device: u64) -> Id {
            Id { device, inode: u64::MAX }
        }

        #[test]
        fn a_file_stays_until_its_last_map_is_gone() {
            let (one, again, other) = (add(id(u64::MAX)), add(id(u64::MAX)), add(id(u64::MAX - 1)));
            one.release();
            assert!(contains(id(u64::MAX)) && contains(id(u64::MAX - 1)));
            again.release();
            assert!(!contains(id(u64::MAX)) && contains(id(u64::MAX - 1)));
            other.release();
            assert!(!contains(id(u64::MAX - 1)));
        }

        #[test]
        fn threads_take_places_of_their_own() {
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    scope.spawn(move || {
                        for round in 0..1000 {
                            let id = id(thread * 1000 + round);
                            let entries = [add(id), add(id)];
                            assert!(!ptr::eq(entries[0], entries[1]));
                            entries[0].release();
                            assert!(contains(id));
                            entries[1].release();
                            assert!(!contains(id));
                        }
                    });
                }
            });
        }
    }
}
