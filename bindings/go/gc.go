//go:build !ondes_gc

package ondes

// collect runs the garbage collector where the tests ask for it, with the build tag ondes_gc.
func collect() {}
