//go:build ondes_gc

package ondes

import "runtime"

// collect runs the garbage collector, and with it the cleanups, before every call of the library: what is kept alive by
// nothing but luck shows then.
func collect() { runtime.GC() }
