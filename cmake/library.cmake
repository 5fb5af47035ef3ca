# One set of objects, a static and a shared library made of it, and `weft`,
# which names the one that this build's own programs use.

add_library(weft_objects OBJECT
  ${WEFT_SOURCES} ${WEFT_OPS} ${WEFT_KERNELS} ${WEFT_OP_LIST})
set_target_properties(weft_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)

# What a program must link besides a static Weft.
set(WEFT_LIBRARIES
  Boost::serialization ZLIB::ZLIB yaml-cpp Threads::Threads)
if(WEFT_STD_THREADS)
  target_compile_definitions(weft_objects PRIVATE WEFT_STD_THREADS=1)
else()
  list(APPEND WEFT_LIBRARIES TBB::tbb)
endif()

# `weft/models/` are the headers of models/, `weft/version.h` is generated.
set(WEFT_BUILD_INCLUDE ${CMAKE_CURRENT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${WEFT_BUILD_INCLUDE}/weft)
file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/models
  ${WEFT_BUILD_INCLUDE}/weft/models SYMBOLIC COPY_ON_ERROR)
configure_file(cmake/version.h.in ${WEFT_BUILD_INCLUDE}/weft/version.h @ONLY)
set(WEFT_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_SOURCE_DIR}/include
  ${WEFT_BUILD_INCLUDE})

target_include_directories(weft_objects PRIVATE
  ${WEFT_INCLUDE_DIRECTORIES} ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(weft_objects PRIVATE EIGEN_DONT_PARALLELIZE)
# Functions of a shared library may be inlined although they are exported.
target_compile_options(weft_objects PRIVATE -fno-semantic-interposition)
target_link_libraries(weft_objects PRIVATE
  Eigen3::Eigen nlohmann_json::nlohmann_json ${WEFT_LIBRARIES} weft_warnings)

function(weft_add_library name type)
  add_library(${name} ${type} $<TARGET_OBJECTS:weft_objects>)
  target_include_directories(${name} PUBLIC
    "$<BUILD_INTERFACE:${WEFT_INCLUDE_DIRECTORIES}>")
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PRIVATE ${WEFT_LIBRARIES})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME weft)
endfunction()

if(WEFT_SHARED)
  weft_add_library(weft_shared SHARED)
  set_target_properties(weft_shared PROPERTIES
    EXPORT_NAME shared
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  add_library(weft::shared ALIAS weft_shared)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # Weft's own symbols are exported; Eigen's and Boost's, compiled here with
    # other flags than a user's, are not.
    set(symbols ${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.map)
    target_link_options(weft_shared PRIVATE
      -Wl,--version-script=${symbols} -Wl,--no-undefined)
    set_target_properties(weft_shared PROPERTIES LINK_DEPENDS ${symbols})
  endif()
endif()
if(WEFT_STATIC)
  weft_add_library(weft_static STATIC)
  set_target_properties(weft_static PROPERTIES EXPORT_NAME static)
  add_library(weft::static ALIAS weft_static)
endif()
# The static one if there are both: tests reach what is not exported.
if(WEFT_STATIC AND NOT (WEFT_SHARED AND BUILD_SHARED_LIBS))
  add_library(weft ALIAS weft_static)
  add_library(weft::weft ALIAS weft_static)
else()
  add_library(weft ALIAS weft_shared)
  add_library(weft::weft ALIAS weft_shared)
endif()
