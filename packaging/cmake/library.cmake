# The targets ondes::ondes (shared), ondes::static, ondes::cpp and ondes::cpp_static, built by cargo.
#
# ONDES_LIBS is the folder with the libraries under the names that programs look for.

set(ONDES_LIBS ${CMAKE_CURRENT_BINARY_DIR}/lib)
set(shared_name libondes.so.${PROJECT_VERSION})
set(soname libondes.so.${PROJECT_VERSION_MAJOR})
# What Rust's standard library needs of the system; the compiler adds libc and libgcc.
set(ONDES_STATIC_NEEDS m dl pthread rt)

# The C++ header is all there is to C++.
foreach(kind cpp cpp_static)
  add_library(ondes::${kind} INTERFACE IMPORTED GLOBAL)
  target_include_directories(ondes::${kind} INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/bindings/cpp/include)
  target_compile_features(ondes::${kind} INTERFACE cxx_std_17)
endforeach()
target_link_libraries(ondes::cpp INTERFACE ondes::ondes)
target_link_libraries(ondes::cpp_static INTERFACE ondes::static)

function(ondes_library name kind location)
  add_library(${name} ${kind} IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES
    IMPORTED_LOCATION ${location}
    INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_SOURCE_DIR}/include)
  if(kind STREQUAL STATIC)
    set_property(TARGET ${name} PROPERTY INTERFACE_LINK_LIBRARIES ${ONDES_STATIC_NEEDS})
  endif()
endfunction()

if(ONDES_LIBRARY MATCHES "\\.so$")
  file(MAKE_DIRECTORY ${ONDES_LIBS})
  file(CREATE_LINK ${ONDES_LIBRARY} ${ONDES_LIBS}/${soname} SYMBOLIC)
  ondes_library(ondes::ondes SHARED ${ONDES_LIBS}/${soname})
  return()
elseif(ONDES_LIBRARY)
  ondes_library(ondes::ondes STATIC ${ONDES_LIBRARY})
  return()
endif()

# What is missing is said here, in a sentence each, before cargo says it after minutes.
if(NOT CMAKE_SYSTEM_NAME MATCHES "^(Linux|FreeBSD|Android)$")
  message(FATAL_ERROR "ondes: CMake can install it on Linux and other ELF systems, not on ${CMAKE_SYSTEM_NAME}; "
    "docs/INSTALL.md says what works there.")
endif()
find_program(ONDES_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin" DOC "Rust's build tool")
if(NOT ONDES_CARGO)
  message(FATAL_ERROR "ondes is written in Rust, and cargo was not found: install Rust ${ONDES_RUST_VERSION} or later "
    "(https://rustup.rs), or name the program with -DONDES_CARGO=/path/to/cargo.")
endif()
execute_process(COMMAND ${ONDES_CARGO} --version OUTPUT_VARIABLE cargo_version ERROR_VARIABLE cargo_version
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
string(STRIP "${cargo_version}" cargo_version)
string(REGEX MATCH "^cargo ([0-9]+\\.[0-9]+\\.[0-9]+)" ignored "${cargo_version}")
if(NOT CMAKE_MATCH_1 OR CMAKE_MATCH_1 VERSION_LESS ONDES_RUST_VERSION)
  message(FATAL_ERROR "ondes needs Rust ${ONDES_RUST_VERSION} or later, and ${ONDES_CARGO} says: ${cargo_version}. "
    "Run `rustup update`, or install Rust from https://rustup.rs if it came with the system.")
endif()
if(CMAKE_CROSSCOMPILING AND NOT ONDES_CARGO_TARGET)
  message(FATAL_ERROR "ondes: building for another machine needs Rust's name of it, such as "
    "-DONDES_CARGO_TARGET=aarch64-unknown-linux-gnu (`rustc --print target-list` has them all).")
endif()

# The options, as cargo's features: none are named where all are wanted, so that what `make build` made is taken.
set(cargo_flags)
if(NOT ONDES_ENCODERS OR NOT ONDES_DEVICES OR NOT ONDES_C_CODE)
  set(features)
  if(ONDES_ENCODERS)
    list(APPEND features encoders)
  endif()
  if(ONDES_DEVICES)
    list(APPEND features devices)
  endif()
  if(ONDES_C_CODE AND ONDES_ENCODERS)
    list(APPEND features c-code)
  elseif(ONDES_C_CODE)
    list(APPEND features libopus) # which decodes too
  endif()
  list(JOIN features "," features)
  set(cargo_flags --no-default-features "--features=${features}")
  if(features)
    message(STATUS "ondes: features: ${features}")
  else()
    message(STATUS "ondes: no encoders, devices and C code")
  endif()
endif()
foreach(tool make cmake)
  if(ONDES_C_CODE AND NOT ONDES_HAS_${tool})
    find_program(ONDES_HAS_${tool} ${tool})
    mark_as_advanced(ONDES_HAS_${tool})
    if(NOT ONDES_HAS_${tool})
      message(FATAL_ERROR "ondes: `${tool}` was not found, which the codecs written in C are built with: install it, or "
        "build without them (-DONDES_C_CODE=OFF).")
    endif()
  endif()
endforeach()

# The main project shares cargo's folder with `make build`; others keep their sources clean.
if(PROJECT_IS_TOP_LEVEL)
  set(target_dir ${CMAKE_CURRENT_SOURCE_DIR}/target)
else()
  set(target_dir ${CMAKE_CURRENT_BINARY_DIR}/cargo)
endif()
if(DEFINED ENV{CARGO_TARGET_DIR})
  set(target_dir $ENV{CARGO_TARGET_DIR})
endif()
set(ONDES_TARGET_DIR ${target_dir} CACHE PATH "Cargo's folder for what it builds")
set(built ${ONDES_TARGET_DIR}/release)
if(ONDES_CARGO_TARGET)
  list(APPEND cargo_flags --target ${ONDES_CARGO_TARGET})
  set(built ${ONDES_TARGET_DIR}/${ONDES_CARGO_TARGET}/release)
endif()
set(ONDES_SHARED ${built}/libondes.so)

# One command makes both libraries, and does nothing where they are made.
get_filename_component(cargo_folder ${ONDES_CARGO} DIRECTORY)
add_custom_target(ondes_cargo
  COMMAND ${CMAKE_COMMAND} -E env "PATH=${cargo_folder}:$ENV{PATH}" CARGO_TARGET_DIR=${ONDES_TARGET_DIR}
          ${CMAKE_CURRENT_SOURCE_DIR}/scripts/build-library.sh --quiet ${cargo_flags} ${ONDES_CARGO_FLAGS}
  BYPRODUCTS ${ONDES_SHARED} ${built}/libondes.a
  COMMENT "cargo: libondes.so and libondes.a in ${built}; the first time takes some minutes"
  VERBATIM)

add_custom_command(OUTPUT ${ONDES_LIBS}/${soname}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${ONDES_LIBS}
  COMMAND ${CMAKE_COMMAND} -E create_symlink ${ONDES_SHARED} ${ONDES_LIBS}/${soname}
  DEPENDS ondes_cargo)
add_custom_target(ondes_shared DEPENDS ${ONDES_LIBS}/${soname})
ondes_library(ondes::ondes SHARED ${ONDES_LIBS}/${soname})
add_dependencies(ondes::ondes ondes_shared)

add_custom_command(OUTPUT ${ONDES_LIBS}/libondes.a
  COMMAND ${CMAKE_COMMAND} -E env LD=${CMAKE_LINKER} OBJCOPY=${CMAKE_OBJCOPY} AR=${CMAKE_AR} READELF=${CMAKE_READELF}
          ${CMAKE_CURRENT_SOURCE_DIR}/packaging/static-archive.sh ${built}/libondes.a ${ONDES_LIBS}/libondes.a
  DEPENDS ondes_cargo ${built}/libondes.a ${CMAKE_CURRENT_SOURCE_DIR}/packaging/static-archive.sh
  COMMENT "libondes.a with ondes_* alone"
  VERBATIM)
add_custom_target(ondes_static DEPENDS ${ONDES_LIBS}/libondes.a)
ondes_library(ondes::static STATIC ${ONDES_LIBS}/libondes.a)
add_dependencies(ondes::static ondes_static)
