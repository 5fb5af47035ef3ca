option(WEFT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(WEFT_BUILD_TOOLS "Build the command line" ${PROJECT_IS_TOP_LEVEL})
option(WEFT_BUILD_BENCH "Build the benchmarks" OFF)
option(WEFT_INSTALL "Install the library" ${PROJECT_IS_TOP_LEVEL})
# A project that embeds Weft gets what its BUILD_SHARED_LIBS says.
set(shared OFF)
if(PROJECT_IS_TOP_LEVEL OR BUILD_SHARED_LIBS)
  set(shared ON)
endif()
set(static ON)
if(BUILD_SHARED_LIBS AND NOT PROJECT_IS_TOP_LEVEL)
  set(static OFF)
endif()
option(WEFT_SHARED "Build the shared library" ${shared})
option(WEFT_STATIC "Build the static library" ${static})
option(WEFT_STD_THREADS
  "Run on a plain pool of std::thread instead of oneTBB, for TSan" OFF)
option(WEFT_WERROR "Warnings are errors" ON)
set(WEFT_ARCH "x86-64-v3" CACHE STRING
  "Instruction set (-march) of the kernels on x86-64; empty for the default")
option(WEFT_FUZZ "Build tests/fuzz with libFuzzer, which takes clang" OFF)
set(WEFT_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread")
if(NOT WEFT_SHARED AND NOT WEFT_STATIC)
  message(FATAL_ERROR "WEFT_SHARED and WEFT_STATIC are both off; "
    "switch at least one of them on")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

add_library(weft_warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(weft_warnings INTERFACE
    -Wall -Wextra -Wconversion $<$<BOOL:${WEFT_WERROR}>:-Werror>)
  # g++ 12 and 13 see overlaps in every `"text" + string` (GCC bug 105651), and
  # uninitialised members in structs of strings that are copied (bug 105562).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU"
     AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    target_compile_options(weft_warnings INTERFACE
      -Wno-restrict -Wno-maybe-uninitialized)
  endif()
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  find_program(WEFT_CCACHE ccache)
  mark_as_advanced(WEFT_CCACHE)
  if(WEFT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${WEFT_CCACHE})
  endif()
endif()
if(WEFT_SANITIZE)
  add_compile_options(-fsanitize=${WEFT_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WEFT_SANITIZE})
endif()
