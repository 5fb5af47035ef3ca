# Which files are compiled for WEFT_ARCH: the kernels, and what calls them
# between two kernels. Everything else is compiled for any processor, so that
# require_cpu() can say in words what a processor lacks.

# Kernels are loops over arrays: let the compiler fuse multiply-adds and
# vectorise square roots and selects. The result is the same for every thread
# count.
set(loops -ffp-contract=fast -fno-math-errno -fno-trapping-math)

function(weft_kernel_flags arch)
  set(march "")
  if(arch AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(march -march=${arch})
  endif()
  set_source_files_properties(${ARGN} PROPERTIES
    COMPILE_OPTIONS "${loops};${march}")
endfunction()

# Eigen aligns memory by the instruction set, and its inline functions are
# merged by the linker: all files that include it must have the same one.
file(GLOB runtime ${CMAKE_CURRENT_SOURCE_DIR}/src/runtime/*.cpp)
weft_kernel_flags("${WEFT_ARCH}" ${WEFT_OPS} ${runtime}
  ${CMAKE_CURRENT_SOURCE_DIR}/src/core/kernel_features.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/src/train/minimizers/levenberg_marquardt.cpp)

# Kernels that exist once for every instruction set and choose while they run.
foreach(file IN LISTS WEFT_KERNELS)
  if(file MATCHES "_avx512\\.cpp$")
    weft_kernel_flags(x86-64-v4 ${file})
  elseif(file MATCHES "_avx2\\.cpp$")
    weft_kernel_flags(x86-64-v3 ${file})
  elseif(file MATCHES "_baseline\\.cpp$")
    weft_kernel_flags("" ${file})
  else()
    weft_kernel_flags("${WEFT_ARCH}" ${file})
  endif()
  # Unrolled as far as these are, UBSan's checks take minutes to compile. clang
  # fuses multiply-adds within a block, of which ASan's checks make two: there,
  # within an expression.
  if(WEFT_SANITIZE MATCHES "undefined" AND
     file MATCHES "_(avx512|avx2|baseline)\\.cpp$")
    set_property(SOURCE ${file} APPEND PROPERTY
      COMPILE_OPTIONS -fno-sanitize=undefined
      $<$<CXX_COMPILER_ID:Clang>:-ffp-contract=on>)
  endif()
endforeach()
