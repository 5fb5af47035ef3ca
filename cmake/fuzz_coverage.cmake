# libFuzzer is told which branches an input took: in what reads files and checks
# graphs with the values that were compared, in the ops without them, in the
# kernels and the engine not at all, so that these stay as fast.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "WEFT_FUZZ takes clang; set CMAKE_CXX_COMPILER")
endif()
set(readers ${WEFT_SOURCES})
list(FILTER readers INCLUDE REGEX
  "/src/(core|graph|nn|io|data|train/manifest)/|/src/train/training_file")
set_property(SOURCE ${readers} APPEND PROPERTY
  COMPILE_OPTIONS -fsanitize=fuzzer-no-link)
set_property(SOURCE ${WEFT_OPS} APPEND PROPERTY
  COMPILE_OPTIONS -fsanitize-coverage=inline-8bit-counters,pc-table)
