//! Devices: a program of its own, whose tests run it again beside sound servers.

#[cfg(all(feature = "devices", target_os = "linux"))]
mod fake_pulse;
#[cfg(all(feature = "devices", target_os = "linux"))]
mod pulse;
mod stream;
