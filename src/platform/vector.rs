//! Eight numbers at a time, by the widest instructions that the machine has.

/// Instructions on vectors of eight numbers.
///
/// All that is generic over them must be `#[inline(always)]`, up to
/// [`Work::run`]: it is compiled once for each kind of machine.
pub trait Vectors<T>: Copy {
    /// Eight numbers.
    type Vector: Copy;

    /// Eight times a number.
    fn splat(self, value: T) -> Self::Vector;
    /// From memory.
    fn load(self, from: &[T; LANES]) -> Self::Vector;
    /// To memory.
    fn store(self, vector: Self::Vector, to: &mut [T; LANES]);
    /// `a * b + c`, rounded once or twice.
    fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The sum of the eight.
    fn sum(self, vector: Self::Vector) -> T;
}

/// Numbers in a vector.
pub const LANES: usize = 8;

/// Work that vectors speed up.
pub trait Work<T> {
    /// What comes of it.
    type Output;

    /// Does it.
    fn run(self, vectors: impl Vectors<T>) -> Self::Output;
}

/// A number that machines have vectors of.
pub trait Real: Copy {
    /// Does `work` with the widest vectors there are.
    fn with_widest<W: Work<Self>>(work: W) -> W::Output;
}

/// Vectors as the compiler makes them, on any machine.
#[derive(Debug, Clone, Copy)]
struct Portable;

macro_rules! portable {
    ($T:ty) => {
        impl Vectors<$T> for Portable {
            type Vector = [$T; LANES];

            #[inline(always)]
            fn splat(self, value: $T) -> Self::Vector {
                [value; LANES]
            }
            #[inline(always)]
            fn load(self, from: &[$T; LANES]) -> Self::Vector {
                *from
            }
            #[inline(always)]
            fn store(self, vector: Self::Vector, to: &mut [$T; LANES]) {
                *to = vector;
            }
            #[inline(always)]
            fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
                std::array::from_fn(|i| a[i] * b[i] + c[i])
            }
            #[inline(always)]
            fn sum(self, [a, b, c, d, e, f, g, h]: Self::Vector) -> $T {
                ((a + e) + (c + g)) + ((b + f) + (d + h))
            }
        }

        impl Real for $T {
            fn with_widest<W: Work<Self>>(work: W) -> W::Output {
                #[cfg(target_arch = "x86_64")]
                if let Some(vectors) = avx2::Avx2::detect() {
                    return avx2::run(vectors, work);
                }
                work.run(Portable)
            }
        }
    };
}

portable!(f32);
portable!(f64);

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{LANES, Vectors, Work};

    /// AVX2 and fused multiplication: exists only where the machine has both.
    #[derive(Debug, Clone, Copy)]
    pub struct Avx2(());

    impl Avx2 {
        pub fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
        }
    }

    /// Does the work compiled for these vectors.
    pub fn run<T, W: Work<T>>(vectors: Avx2, work: W) -> W::Output
    where
        Avx2: Vectors<T>,
    {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<T, W: Work<T>>(vectors: Avx2, work: W) -> W::Output
        where
            Avx2: Vectors<T>,
        {
            work.run(vectors)
        }
        // SAFETY: the vectors exist, so the machine has the instructions.
        unsafe { compiled(vectors, work) }
    }

    // SAFETY, for all intrinsics below: an `Avx2` exists only where the machine
    // has them. Loads and stores are of eight numbers behind a reference.

    impl Vectors<f32> for Avx2 {
        type Vector = __m256;

        #[inline(always)]
        fn splat(self, value: f32) -> __m256 {
            // SAFETY: as above.
            unsafe { _mm256_set1_ps(value) }
        }
        #[inline(always)]
        fn load(self, from: &[f32; LANES]) -> __m256 {
            // SAFETY: as above.
            unsafe { _mm256_loadu_ps(from.as_ptr()) }
        }
        #[inline(always)]
        fn store(self, vector: __m256, to: &mut [f32; LANES]) {
            // SAFETY: as above.
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), vector) }
        }
        #[inline(always)]
        fn multiply_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
            // SAFETY: as above.
            unsafe { _mm256_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        fn sum(self, vector: __m256) -> f32 {
            // SAFETY: as above.
            unsafe {
                let four = _mm_add_ps(_mm256_castps256_ps128(vector), _mm256_extractf128_ps::<1>(vector));
                let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
                _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
            }
        }
    }

    impl Vectors<f64> for Avx2 {
        type Vector = [__m256d; 2];

        #[inline(always)]
        fn splat(self, value: f64) -> Self::Vector {
            // SAFETY: as above.
            [unsafe { _mm256_set1_pd(value) }; 2]
        }
        #[inline(always)]
        fn load(self, from: &[f64; LANES]) -> Self::Vector {
            // SAFETY: as above.
            unsafe { [_mm256_loadu_pd(from.as_ptr()), _mm256_loadu_pd(from.as_ptr().add(4))] }
        }
        #[inline(always)]
        fn store(self, [low, high]: Self::Vector, to: &mut [f64; LANES]) {
            // SAFETY: as above.
            unsafe {
                _mm256_storeu_pd(to.as_mut_ptr(), low);
                _mm256_storeu_pd(to.as_mut_ptr().add(4), high);
            }
        }
        #[inline(always)]
        fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
            // SAFETY: as above.
            unsafe { [_mm256_fmadd_pd(a[0], b[0], c[0]), _mm256_fmadd_pd(a[1], b[1], c[1])] }
        }
        #[inline(always)]
        fn sum(self, [low, high]: Self::Vector) -> f64 {
            // SAFETY: as above.
            unsafe {
                let four = _mm256_add_pd(low, high);
                let two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
                _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The product of two vectors, added to a third, stored and summed up.
    struct Sample<T>([[T; LANES]; 3], T);

    impl<T: Copy> Work<T> for Sample<T> {
        type Output = ([T; LANES], T);

        #[inline(always)]
        fn run(self, vectors: impl Vectors<T>) -> Self::Output {
            let [a, b, c] = self.0.map(|lanes| vectors.load(&lanes));
            let fused = vectors.multiply_add(a, b, vectors.multiply_add(c, vectors.splat(self.1), b));
            let mut lanes = self.0[0];
            vectors.store(fused, &mut lanes);
            (lanes, vectors.sum(fused))
        }
    }

    #[test]
    fn all_vectors_compute_the_same() {
        // Small whole numbers, which no order of rounding changes.
        let lanes = [[1, 2, 3, 4, 5, 6, 7, 8], [8, -1, 3, 0, 2, 2, -9, 4], [0, 1, 0, 5, 0, -7, 1, 1]];
        let expected: Vec<i32> =
            (0..LANES).map(|i| lanes[0][i] * lanes[1][i] + lanes[2][i] * 3 + lanes[1][i]).collect();
        let sum: i32 = expected.iter().sum();
        let single = || Sample(lanes.map(|v| v.map(|n| n as f32)), 3.0);
        for (lanes, total) in [f32::with_widest(single()), single().run(Portable)] {
            assert_eq!((lanes.map(|v| v as i32).to_vec(), total as i32), (expected.clone(), sum));
        }
        let double = || Sample(lanes.map(|v| v.map(f64::from)), 3.0);
        for (lanes, total) in [f64::with_widest(double()), double().run(Portable)] {
            assert_eq!((lanes.map(|v| v as i32).to_vec(), total as i32), (expected.clone(), sum));
        }
    }
}
