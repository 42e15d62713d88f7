//! Several numbers at a time, for Fourier transforms.

use std::ops::{Add, Mul, Sub};

/// Instructions on vectors of [`Lanes::WIDTH`] numbers.
///
/// All that is generic over them must be `#[inline(always)]`, up to
/// [`Task::run`]: it is compiled once for each kind of machine.
///
/// # Safety
/// Whoever implements it reads and writes as many numbers as the width says.
/// Whoever calls it gives pointers that are good for so many; they need no alignment.
#[allow(clippy::missing_safety_doc, reason = "said above, once for all")]
pub unsafe trait Lanes<T>: Copy {
    type Vector: Copy;
    /// 8 at most, and a power of two.
    const WIDTH: usize;

    unsafe fn load(self, from: *const T) -> Self::Vector;
    unsafe fn store(self, vector: Self::Vector, to: *mut T);
    /// One number in all lanes.
    fn splat(self, value: T) -> Self::Vector;
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn subtract(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn multiply(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b + c`, rounded once or twice.
    fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `c - a * b`, rounded once or twice.
    fn multiply_subtract(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `a * b + c` of single numbers, for loops that the compiler makes vectors of.
    fn fused(self, a: T, b: T, c: T) -> T;
    /// Lane `i` of row `k` goes to `to[8 * i + k]`.
    unsafe fn store_columns(self, rows: [Self::Vector; 8], to: *mut T);
}

/// What vectors speed up.
pub trait Task<T> {
    fn run(self, lanes: impl Lanes<T>);
}

/// A number that can be transformed.
pub trait Number:
    Copy + Default + Send + Sync + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + 'static
{
    /// Rounded from a double.
    fn rounded(value: f64) -> Self;
    /// Does the task with the widest vectors that the machine has.
    fn with_widest_lanes(task: impl Task<Self>);
}

/// One number at a time, on any machine.
#[derive(Debug, Clone, Copy)]
pub struct One;

// SAFETY: it reads and writes one number. For the pointers below: as the trait says.
unsafe impl<T: Number> Lanes<T> for One {
    type Vector = T;
    const WIDTH: usize = 1;

    #[inline(always)]
    unsafe fn load(self, from: *const T) -> T {
        // SAFETY: as above.
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn store(self, vector: T, to: *mut T) {
        // SAFETY: as above.
        unsafe { *to = vector }
    }
    #[inline(always)]
    fn splat(self, value: T) -> T {
        value
    }
    #[inline(always)]
    fn add(self, a: T, b: T) -> T {
        a + b
    }
    #[inline(always)]
    fn subtract(self, a: T, b: T) -> T {
        a - b
    }
    #[inline(always)]
    fn multiply(self, a: T, b: T) -> T {
        a * b
    }
    #[inline(always)]
    fn multiply_add(self, a: T, b: T, c: T) -> T {
        a * b + c
    }
    #[inline(always)]
    fn multiply_subtract(self, a: T, b: T, c: T) -> T {
        c - a * b
    }
    #[inline(always)]
    fn fused(self, a: T, b: T, c: T) -> T {
        a * b + c
    }
    #[inline(always)]
    unsafe fn store_columns(self, rows: [T; 8], to: *mut T) {
        // SAFETY: as above.
        unsafe { to.cast::<[T; 8]>().write_unaligned(rows) }
    }
}

macro_rules! numbers {
    ($T:ty) => {
        impl Number for $T {
            #[inline(always)]
            fn rounded(value: f64) -> Self {
                value as $T
            }
            fn with_widest_lanes(task: impl Task<Self>) {
                #[cfg(target_arch = "x86_64")]
                {
                    if let Some(lanes) = x86::Avx2::detect() {
                        return x86::run(lanes, task);
                    }
                    task.run(x86::Sse2)
                }
                #[cfg(not(target_arch = "x86_64"))]
                task.run(portable::Sixteen)
            }
        }
    };
}

numbers!(f32);
numbers!(f64);

#[cfg(target_arch = "x86_64")]
pub mod x86 {
    use std::arch::x86_64::*;

    use super::{Lanes, Task};

    /// Vectors of 16 bytes, which every x86-64 has.
    #[derive(Debug, Clone, Copy)]
    pub struct Sse2;

    /// Vectors of 32 bytes and fused multiplication: exists only where the machine has both.
    #[derive(Debug, Clone, Copy)]
    pub struct Avx2(());

    impl Avx2 {
        pub fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
        }
    }

    /// Does the task compiled for these vectors.
    pub fn run<T>(lanes: Avx2, task: impl Task<T>)
    where
        Avx2: Lanes<T>,
    {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<T>(lanes: Avx2, task: impl Task<T>)
        where
            Avx2: Lanes<T>,
        {
            task.run(lanes);
        }
        // SAFETY: the vectors exist, so the machine has the instructions.
        unsafe { compiled(lanes, task) }
    }

    /// Columns 0 to 3 of four rows in the lower halves, 4 to 7 in the upper ones.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn halves(a: __m256, b: __m256, c: __m256, d: __m256) -> [__m256; 4] {
        let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
        [
            _mm256_shuffle_ps::<0x44>(ab, cd),
            _mm256_shuffle_ps::<0xee>(ab, cd),
            _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
            _mm256_shuffle_ps::<0xee>(ab_high, cd_high),
        ]
    }

    macro_rules! lanes {
        ($Lanes:ty, [$T:ty; $width:literal], $Vector:ty, $load:ident, $store:ident, $splat:ident,
         $add:ident, $subtract:ident, $multiply:ident, |$a:ident, $b:ident, $c:ident| [$plus:expr, $minus:expr, $fused:expr],
         |$rows:ident, $to:ident| $columns:expr) => {
            // SAFETY: vectors have that width. For the intrinsics below: an `Avx2` exists only where the
            // machine has them, and SSE2 is part of x86-64. For the pointers: as the trait says.
            unsafe impl Lanes<$T> for $Lanes {
                type Vector = $Vector;
                const WIDTH: usize = $width;

                #[inline(always)]
                unsafe fn load(self, from: *const $T) -> $Vector {
                    // SAFETY: as above.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, vector: $Vector, to: *mut $T) {
                    // SAFETY: as above.
                    unsafe { $store(to, vector) }
                }
                #[inline(always)]
                fn splat(self, value: $T) -> $Vector {
                    // SAFETY: as above.
                    unsafe { $splat(value) }
                }
                #[inline(always)]
                fn add(self, a: $Vector, b: $Vector) -> $Vector {
                    // SAFETY: as above.
                    unsafe { $add(a, b) }
                }
                #[inline(always)]
                fn subtract(self, a: $Vector, b: $Vector) -> $Vector {
                    // SAFETY: as above.
                    unsafe { $subtract(a, b) }
                }
                #[inline(always)]
                fn multiply(self, a: $Vector, b: $Vector) -> $Vector {
                    // SAFETY: as above.
                    unsafe { $multiply(a, b) }
                }
                #[inline(always)]
                fn multiply_add(self, $a: $Vector, $b: $Vector, $c: $Vector) -> $Vector {
                    // SAFETY: as above.
                    unsafe { $plus }
                }
                #[inline(always)]
                fn multiply_subtract(self, $a: $Vector, $b: $Vector, $c: $Vector) -> $Vector {
                    // SAFETY: as above.
                    unsafe { $minus }
                }
                #[inline(always)]
                fn fused(self, $a: $T, $b: $T, $c: $T) -> $T {
                    $fused
                }
                #[inline(always)]
                unsafe fn store_columns(self, $rows: [$Vector; 8], $to: *mut $T) {
                    // SAFETY: as above.
                    unsafe { $columns }
                }
            }
        };
    }

    lanes!(
        Avx2,
        [f32; 8],
        __m256,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        |a, b, c| [_mm256_fmadd_ps(a, b, c), _mm256_fnmadd_ps(a, b, c), a.mul_add(b, c)],
        |rows, to| {
            let [a, b, c, d, e, f, g, h] = rows;
            let (low, high) = (halves(a, b, c, d), halves(e, f, g, h));
            for i in 0..4 {
                _mm256_storeu_ps(to.add(8 * i), _mm256_permute2f128_ps::<0x20>(low[i], high[i]));
                _mm256_storeu_ps(to.add(8 * (i + 4)), _mm256_permute2f128_ps::<0x31>(low[i], high[i]));
            }
        }
    );

    lanes!(
        Avx2,
        [f64; 4],
        __m256d,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_set1_pd,
        _mm256_add_pd,
        _mm256_sub_pd,
        _mm256_mul_pd,
        |a, b, c| [_mm256_fmadd_pd(a, b, c), _mm256_fnmadd_pd(a, b, c), a.mul_add(b, c)],
        |rows, to| {
            for (half, [a, b, c, d]) in rows.as_chunks::<4>().0.iter().copied().enumerate() {
                let (ab, cd) = (_mm256_unpacklo_pd(a, b), _mm256_unpacklo_pd(c, d));
                let (ab_high, cd_high) = (_mm256_unpackhi_pd(a, b), _mm256_unpackhi_pd(c, d));
                let to = to.add(4 * half);
                _mm256_storeu_pd(to, _mm256_permute2f128_pd::<0x20>(ab, cd));
                _mm256_storeu_pd(to.add(8), _mm256_permute2f128_pd::<0x20>(ab_high, cd_high));
                _mm256_storeu_pd(to.add(16), _mm256_permute2f128_pd::<0x31>(ab, cd));
                _mm256_storeu_pd(to.add(24), _mm256_permute2f128_pd::<0x31>(ab_high, cd_high));
            }
        }
    );

    lanes!(
        Sse2,
        [f32; 4],
        __m128,
        _mm_loadu_ps,
        _mm_storeu_ps,
        _mm_set1_ps,
        _mm_add_ps,
        _mm_sub_ps,
        _mm_mul_ps,
        |a, b, c| [_mm_add_ps(_mm_mul_ps(a, b), c), _mm_sub_ps(c, _mm_mul_ps(a, b)), a * b + c],
        |rows, to| {
            for (half, [a, b, c, d]) in rows.as_chunks::<4>().0.iter().copied().enumerate() {
                let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
                let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
                let to = to.add(4 * half);
                _mm_storeu_ps(to, _mm_movelh_ps(ab, cd));
                _mm_storeu_ps(to.add(8), _mm_movehl_ps(cd, ab));
                _mm_storeu_ps(to.add(16), _mm_movelh_ps(ab_high, cd_high));
                _mm_storeu_ps(to.add(24), _mm_movehl_ps(cd_high, ab_high));
            }
        }
    );

    lanes!(
        Sse2,
        [f64; 2],
        __m128d,
        _mm_loadu_pd,
        _mm_storeu_pd,
        _mm_set1_pd,
        _mm_add_pd,
        _mm_sub_pd,
        _mm_mul_pd,
        |a, b, c| [_mm_add_pd(_mm_mul_pd(a, b), c), _mm_sub_pd(c, _mm_mul_pd(a, b)), a * b + c],
        |rows, to| {
            for (pair, [a, b]) in rows.as_chunks::<2>().0.iter().copied().enumerate() {
                _mm_storeu_pd(to.add(2 * pair), _mm_unpacklo_pd(a, b));
                _mm_storeu_pd(to.add(2 * pair + 8), _mm_unpackhi_pd(a, b));
            }
        }
    );
}

/// Vectors of 16 bytes as the compiler makes them, for machines that have no other code here.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub mod portable {
    use super::Lanes;

    #[derive(Debug, Clone, Copy)]
    pub struct Sixteen;

    macro_rules! lanes {
        ($T:ty, $width:literal) => {
            // SAFETY: vectors are arrays of that width. For the pointers below: as the trait says.
            unsafe impl Lanes<$T> for Sixteen {
                type Vector = [$T; $width];
                const WIDTH: usize = $width;

                #[inline(always)]
                unsafe fn load(self, from: *const $T) -> Self::Vector {
                    // SAFETY: as above.
                    unsafe { from.cast::<Self::Vector>().read_unaligned() }
                }
                #[inline(always)]
                unsafe fn store(self, vector: Self::Vector, to: *mut $T) {
                    // SAFETY: as above.
                    unsafe { to.cast::<Self::Vector>().write_unaligned(vector) }
                }
                #[inline(always)]
                fn splat(self, value: $T) -> Self::Vector {
                    [value; $width]
                }
                #[inline(always)]
                fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
                    std::array::from_fn(|i| a[i] + b[i])
                }
                #[inline(always)]
                fn subtract(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
                    std::array::from_fn(|i| a[i] - b[i])
                }
                #[inline(always)]
                fn multiply(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
                    std::array::from_fn(|i| a[i] * b[i])
                }
                #[inline(always)]
                fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
                    std::array::from_fn(|i| a[i] * b[i] + c[i])
                }
                #[inline(always)]
                fn multiply_subtract(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
                    std::array::from_fn(|i| c[i] - a[i] * b[i])
                }
                #[inline(always)]
                fn fused(self, a: $T, b: $T, c: $T) -> $T {
                    a * b + c
                }
                #[inline(always)]
                unsafe fn store_columns(self, rows: [Self::Vector; 8], to: *mut $T) {
                    for i in 0..$width {
                        // SAFETY: as above.
                        unsafe { to.add(8 * i).cast::<[$T; 8]>().write_unaligned(rows.map(|row| row[i])) }
                    }
                }
            }
        };
    }

    lanes!(f32, 4);
    lanes!(f64, 2);
}
