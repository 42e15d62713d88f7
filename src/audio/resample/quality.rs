//! The qualities, and the filter that each stands for.

use super::Ratio;
use super::filter::LowPass;
use super::interpolate::Response;

/// How well a rate is converted.
///
/// The first three convert by Fourier transforms. The others are computed in
/// the time domain, with the short delay that each is known for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Quality {
    /// Aliases and images 110 dB down or more, the band flat to 90 % of the lower Nyquist frequency.
    Fast,
    /// 135 dB, flat to 94 %.
    #[default]
    Balanced,
    /// 150 dB, flat to 95 %; computed in double precision.
    Best,
    /// The last frame before.
    ZeroOrderHold,
    /// A straight line between two frames.
    Linear,
    /// A Catmull-Rom spline through four frames.
    CatmullRom,
    /// Lagrange's polynomial through five frames.
    Lagrange,
    /// A windowed sinc over 200 frames.
    WindowedSinc,
    /// A windowed sinc over 1024 frames.
    WindowedSinc256,
    /// A windowed sinc over 512 frames.
    WindowedSinc128,
    /// A windowed sinc over 256 frames.
    WindowedSinc64,
    /// A windowed sinc over 128 frames.
    WindowedSinc32,
    /// A windowed sinc over 64 frames.
    WindowedSinc16,
    /// A windowed sinc over 32 frames.
    WindowedSinc8,
}

/// A low-pass filter's demands; frequencies are parts of the lower Nyquist frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Band {
    /// Attenuation of the stop-band in dB.
    pub attenuation: f64,
    /// Where the pass-band ends. The stop-band begins at 1.
    pub pass: f64,
}

/// How a conversion is computed.
pub(super) enum Method {
    Spectrum(Band),
    Interpolation(Response),
}

impl Quality {
    pub(super) fn method(self, ratio: Ratio) -> Method {
        let sinc = |transition| {
            let half = self.delay().unwrap_or(0) as usize;
            Method::Interpolation(Response::Sinc(short_filter(ratio, half, transition)))
        };
        match self {
            _ if ratio.is_one() => Method::Interpolation(Response::Hold),
            Self::Fast => Method::Spectrum(Band { attenuation: 125.0, pass: 0.90 }),
            Self::Balanced => Method::Spectrum(Band { attenuation: 145.0, pass: 0.94 }),
            Self::Best => Method::Spectrum(Band { attenuation: 170.0, pass: 0.95 }),
            Self::ZeroOrderHold => Method::Interpolation(Response::Hold),
            Self::Linear => Method::Interpolation(Response::Linear),
            Self::CatmullRom => Method::Interpolation(Response::CatmullRom),
            Self::Lagrange => Method::Interpolation(Response::Lagrange),
            Self::WindowedSinc => sinc(0.18),
            Self::WindowedSinc256 => sinc(0.022),
            Self::WindowedSinc128 => sinc(0.042),
            Self::WindowedSinc64 => sinc(0.085),
            Self::WindowedSinc32 => sinc(0.15),
            // Where the filter is too short for both, the band's edge counts more than the attenuation.
            Self::WindowedSinc16 => sinc(0.30 * (ratio.lower() / 0.44).min(1.0)),
            Self::WindowedSinc8 => sinc(1.07),
        }
    }

    /// The delay in input frames that a quality of the time domain is known for, at every ratio.
    pub fn delay(self) -> Option<u64> {
        match self {
            Self::Fast | Self::Balanced | Self::Best => None,
            Self::ZeroOrderHold => Some(0),
            Self::Linear => Some(1),
            Self::CatmullRom | Self::Lagrange => Some(2),
            Self::WindowedSinc => Some(100),
            Self::WindowedSinc256 => Some(512),
            Self::WindowedSinc128 => Some(256),
            Self::WindowedSinc64 => Some(128),
            Self::WindowedSinc32 => Some(64),
            Self::WindowedSinc16 => Some(32),
            Self::WindowedSinc8 => Some(16),
        }
    }

    /// Whether a conversion of single-precision samples is computed in double.
    pub fn is_double(self) -> bool {
        self == Self::Best
    }
}

/// The filter of a length that the delay leaves, `half` input frames to either
/// side. Its transition, as a part of the lower Nyquist frequency and around
/// 99 % of it, is at most `transition`; where the length allows more than
/// `ENOUGH` of attenuation, it makes the transition narrower instead.
fn short_filter(ratio: Ratio, half: usize, transition: f64) -> LowPass {
    const ENOUGH: f64 = 120.0;
    let taps = 2.0 * half as f64 * ratio.lower();
    let attenuation = LowPass::attenuation(taps, transition).min(ENOUGH);
    LowPass::with_half(0.99 * ratio.lower(), attenuation, half as f64)
}
