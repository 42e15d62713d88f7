# What `cmake --install` installs, in two components: ondes_runtime for programs, ondes_development for those who build
# them. All of it can be moved afterwards.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(doc ${CMAKE_INSTALL_DATAROOTDIR}/doc/ondes)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ondes)
set(to_install ${CMAKE_CURRENT_BINARY_DIR}/install)

# The shared library without its debug information, which is three quarters of it.
add_custom_command(OUTPUT ${to_install}/${shared_name}
  COMMAND ${CMAKE_STRIP} --strip-unneeded -o ${to_install}/${shared_name} ${ONDES_SHARED}
  DEPENDS ondes_cargo ${ONDES_SHARED}
  VERBATIM)
add_custom_target(ondes_install ALL DEPENDS ${to_install}/${shared_name} ${ONDES_LIBS}/libondes.a)
file(MAKE_DIRECTORY ${to_install})
foreach(link ${soname} libondes.so)
  file(CREATE_LINK ${shared_name} ${to_install}/${link} SYMBOLIC)
endforeach()

# Prefixes can be moved, except for the system's, whose paths tools know and leave out.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(pc_prefix /usr)
else()
  file(RELATIVE_PATH up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" up ${up})
  set(pc_prefix "\${pcfiledir}/${up}")
endif()
list(TRANSFORM ONDES_STATIC_NEEDS PREPEND -l OUTPUT_VARIABLE static_needs)
list(JOIN static_needs " " static_needs)
foreach(name ondes ondes-static)
  configure_file(packaging/cmake/${name}.pc.in ${to_install}/${name}.pc @ONLY)
endforeach()

configure_package_config_file(packaging/cmake/ondes-config.cmake.in ${to_install}/ondes-config.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 another minor version may be another interface.
set(compatible SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatible SameMinorVersion)
endif()
write_basic_package_version_file(${to_install}/ondes-config-version.cmake COMPATIBILITY ${compatible})

install(FILES ${to_install}/${shared_name} ${to_install}/${soname}
  DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ondes_runtime)
install(FILES LICENSE-MIT LICENSE-APACHE THIRD-PARTY.txt DESTINATION ${doc} COMPONENT ondes_runtime)
install(FILES ${to_install}/libondes.so ${ONDES_LIBS}/libondes.a
  DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ondes_development)
install(FILES include/ondes.h bindings/cpp/include/ondes.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ondes_development)
install(FILES ${to_install}/ondes.pc ${to_install}/ondes-static.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ondes_development)
install(FILES ${to_install}/ondes-config.cmake ${to_install}/ondes-config-version.cmake
  DESTINATION ${package_dir} COMPONENT ondes_development)

# A record beside the documents, from which `make uninstall` removes this and any other version.
if(PROJECT_IS_TOP_LEVEL)
  install(CODE "
    set(record \"${doc}/installed-files.txt\")
    set(files \"\${record}\")
    foreach(file IN LISTS CMAKE_INSTALL_MANIFEST_FILES)
      file(RELATIVE_PATH file \"\${CMAKE_INSTALL_PREFIX}\" \"\${file}\")
      list(APPEND files \"\${file}\")
    endforeach()
    list(SORT files)
    list(JOIN files \"\\n\" files)
    file(WRITE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/\${record}\" \"\${files}\\n\")
  " COMPONENT ondes_record)
endif()
