//go:build !ondes_gc

package ondes_test

const gcForced = false
