//go:build race

package ondes_test

const raceEnabled = true
