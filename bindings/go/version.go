package ondes

// #include "shims.h"
import "C"

import (
	"fmt"
	"strings"
	"sync"
	"unsafe"
)

// Version is the version of the library that is loaded, "0.1.0".
func Version() string { return C.GoString(C.ondes_version_string()) }

// ABIVersion is the version of the binary interface of the library that is loaded. Everything fails with [ErrUnsupported]
// where it is another one than that of the header this package was compiled with.
func ABIVersion() int { return int(C.ondes_abi_version()) }

// Features lists what the library that is loaded was built with: all are "encoders", "devices", "libopus", "lame",
// "libflac" and "vorbis", which docs/INSTALL.md explains; later versions may have more. What needs another one fails with
// [ErrUnsupported], and the message names it.
func Features() []string {
	return strings.FieldsFunc(C.GoString(C.ondes_features()), func(r rune) bool { return r == ',' })
}

// HasFeature tells whether the library that is loaded was built with a feature, named as in [Features].
func HasFeature(name string) bool {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return C.ondes_has_feature(c) != 0 && !strings.ContainsRune(name, 0)
}

// fits tells once whether the library that is loaded is the one that this package was compiled for.
var fits = sync.OnceValue(func() error {
	if ABIVersion() == C.ONDES_ABI_VERSION {
		return nil
	}
	return &Error{
		Status: ErrUnsupported,
		Message: fmt.Sprintf("the ondes library that is loaded (%s) has the binary interface %d, this program was built for %d",
			Version(), ABIVersion(), C.ONDES_ABI_VERSION),
		Offset: -1,
	}
})
