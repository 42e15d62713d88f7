package ondes

// #include "shims.h"
import "C"

import (
	"fmt"
	"sync"
)

// Version is the version of the library that is loaded, "0.1.0".
func Version() string { return C.GoString(C.ondes_version_string()) }

// ABIVersion is the version of the binary interface of the library that is loaded. Everything fails with [ErrUnsupported]
// where it is another one than that of the header this package was compiled with.
func ABIVersion() int { return int(C.ondes_abi_version()) }

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
