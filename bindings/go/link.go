package ondes

// How programs find the library: see "Building" in docs/GO.md.

// #cgo !ondes_static,!ondes_flags pkg-config: ondes
// #cgo ondes_static,!ondes_flags pkg-config: ondes-static
// #cgo ondes_flags,!ondes_static LDFLAGS: -londes
// #cgo ondes_flags,ondes_static LDFLAGS: -l:libondes.a -lgcc_s -lm -ldl -lpthread
import "C"
