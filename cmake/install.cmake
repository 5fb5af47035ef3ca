include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/weft)

install(DIRECTORY include/weft DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weft/models
  FILES_MATCHING PATTERN "*.h")
install(FILES ${WEFT_BUILD_INCLUDE}/weft/version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weft)

foreach(kind IN ITEMS static shared)
  if(TARGET weft_${kind})
    install(TARGETS weft_${kind} EXPORT weft_${kind}
      INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT weft_${kind} NAMESPACE weft::
      FILE weft-${kind}.cmake DESTINATION ${package})
  endif()
endforeach()
configure_package_config_file(cmake/weft-config.cmake.in weft-config.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(weft-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/weft-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/weft-config-version.cmake
  DESTINATION ${package})

# pkg-config: what a static library needs is private as long as there is a
# shared one.
set(requires_private "zlib, yaml-cpp")
if(NOT WEFT_STD_THREADS)
  string(APPEND requires_private ", tbb")
endif()
set(libs_private "-lboost_serialization ${CMAKE_THREAD_LIBS_INIT}")
set(private ".private")
set(libs_public "")
if(NOT WEFT_SHARED)
  set(private "")
  set(libs_public " ${libs_private}")
endif()
# The file finds its prefix from where it lies, so an installation can be moved.
set(prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up ${up})
  set(prefix "\${pcfiledir}/${up}")
endif()
configure_file(cmake/weft.pc.in weft.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/weft.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
