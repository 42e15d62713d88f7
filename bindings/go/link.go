package ondes

// How programs find the library: see "Building" in docs/GO.md. The go command does not notice that pkg-config is asked for
// something else: a flag of its own (-lm) keeps what was built for the static library apart.

// #cgo !ondes_static,!ondes_flags pkg-config: ondes
// #cgo ondes_static,!ondes_flags pkg-config: ondes-static
// #cgo ondes_static,!ondes_flags LDFLAGS: -lm
// #cgo ondes_flags,!ondes_static LDFLAGS: -londes
// #cgo ondes_flags,ondes_static LDFLAGS: -l:libondes.a -lgcc_s -lm -ldl -lpthread
import "C"
