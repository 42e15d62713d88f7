# One word each. `make demo` and `make test` work on a fresh Debian machine:
# they install what they need first and say so.

BUILD := build
LIB   := target/release/libondes.so

.PHONY: help demo test test-rust test-c test-cpp test-python test-go test-install test-examples test-docs bench bench-resample size check header build wheel install uninstall deb dist docs setup clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: build ## decode a folder of real audio in every format, in parallel, through the C ABI
	@scripts/demo.sh

test: check test-rust test-c test-cpp test-python test-go test-install test-examples test-docs ## every test in every language

test-rust: setup
	@echo "== Rust: the domain on real files"
	cargo test --workspace --locked
	@echo "== Rust: a build without any C still writes WAV, AIFF, CAF, FLAC and Opus"
	cargo test --locked --no-default-features --features encoders --test domain -- write:: write_flac write_alac write_pcm
	@echo "== builds with features left out, used from C: they read, tell what they lack, and refuse it by name"
	tests/c/features.sh

test-c: build
	@echo "== C: the ABI, its promises, valgrind and AddressSanitizer"
	tests/c/run.sh

test-cpp: build
	@echo "== C++: the header, with and without exceptions, sanitizers, two compilers"
	bindings/cpp/tests/run.sh

test-python: wheel
	@echo "== Python: the installed wheel"
	scripts/python-test.sh

test-go: build
	@echo "== Go: the package, with races, pointers and collections watched"
	bindings/go/test.sh

test-install: build deb dist
	@echo "== installing: every way to link, from a prefix that was moved; Debian packages, archives"
	packaging/install-test/run.sh

test-examples: build
	@echo "== examples: the same five programs in every language print the same"
	scripts/examples-test.sh

test-docs: docs
	@echo "== documentation: every page and link in a browser, the first page's program in every language"
	scripts/docs-test.sh

bench: build ## ours and the peers side by side; writes docs/PERFORMANCE.md
	@scripts/bench.sh

bench-resample: build ## the qualities of rate conversion beside the peers; writes docs/RESAMPLING.md
	@scripts/bench-resample.sh

size: build ## what the library is made of; writes the table of docs/DEPENDENCIES.md
	@scripts/size.py --write

check: setup ## format, lints, generated files, documentation
	@echo "== checks: format, lints, header, ABI, docs"
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo xtask header --check
	cargo xtask abi --check
	cargo xtask bindings --check
	cargo xtask errors-doc --check
	cargo xtask notices --check
	tests/conformance/coverage.py
	scripts/python-check.sh

header: setup ## write include/ondes.h and what follows from it again from the code
	cargo xtask header
	cargo xtask abi
	cargo xtask bindings
	cargo xtask errors-doc
	cargo xtask notices

build: setup ## the shared and the static library, link-time optimised
	@echo "== build: $(LIB)"
	scripts/build-library.sh
	@ln -sf libondes.so target/release/libondes.so.0 # what programs look for: the SONAME

wheel: build ## the Python package with the library inside, for any Linux; build/python/dist
	@scripts/python-wheel.sh

install: ## build and install: PREFIX=~/.local, LIBDIR, DESTDIR; needs Rust, CMake, a C compiler
	@packaging/install.sh install

uninstall: ## remove what was installed in PREFIX
	@packaging/install.sh uninstall

deb: setup ## Debian packages, build/deb
	@packaging/deb.sh

dist: setup ## release archives of libraries and sources, build/dist
	@packaging/dist.sh

docs: build ## the documentation of all languages, build/docs/html
	@echo "== documentation: build/docs/html"
	@scripts/docs.sh

setup: ## install the Debian packages that are missing
	@scripts/setup.sh

clean: ## remove what was built
	rm -rf target $(BUILD) .venv
