option(WEFT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(WEFT_BUILD_TOOLS "Build the command line" ${PROJECT_IS_TOP_LEVEL})
set(WEFT_ARCH "x86-64-v3" CACHE STRING
  "Instruction set (-march) of release builds on x86-64; empty for none")
set(WEFT_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread")

add_library(weft_warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(weft_warnings INTERFACE
    -Wall -Wextra -Wconversion -Werror)
endif()
if(WEFT_ARCH AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-march=${WEFT_ARCH})
endif()
if(WEFT_SANITIZE)
  add_compile_options(-fsanitize=${WEFT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WEFT_SANITIZE})
endif()
