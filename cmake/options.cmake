option(WEFT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(WEFT_BUILD_TOOLS "Build the command line" ${PROJECT_IS_TOP_LEVEL})
set(WEFT_ARCH "x86-64-v3" CACHE STRING
  "Instruction set (-march) of release builds on x86-64; empty for none")
set(WEFT_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread")

add_library(weft_warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(weft_warnings INTERFACE
    -Wall -Wextra -Wconversion -Werror
    # A false alarm of g++ 12 in its own std::string (bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
endif()
if(WEFT_ARCH AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-march=${WEFT_ARCH})
endif()
if(WEFT_SANITIZE)
  add_compile_options(-fsanitize=${WEFT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WEFT_SANITIZE})
endif()

# The matrix product is compiled once for each instruction set and chosen when
# the program runs.
function(weft_gemm_instruction_sets)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    return()
  endif()
  foreach(pair IN ITEMS baseline:x86-64 avx2:x86-64-v3 avx512:x86-64-v4)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 set)
    list(GET pair 1 arch)
    set_property(SOURCE ${PROJECT_SOURCE_DIR}/ops/kernels/gemm_${set}.cpp
      APPEND PROPERTY COMPILE_OPTIONS -march=${arch})
  endforeach()
endfunction()
