package ondes

// How programs find the library: see "Building" in docs/GO.md. The static archive is named so that it is taken where a shared
// library lies beside it; pkg-config tells its folder, and names the shared library too, of which nothing is needed any more.

// #cgo !ondes_static,!ondes_flags pkg-config: ondes
// #cgo ondes_flags LDFLAGS: -londes
// #cgo ondes_static LDFLAGS: -Wl,--as-needed -l:libondes.a -lgcc_s -lm -lpthread -ldl
// #cgo ondes_static,!ondes_flags pkg-config: ondes
import "C"
