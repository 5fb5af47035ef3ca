# Every file ops/NAME.cpp defines weft::ops::register_NAME(Registry&). The list
# is made here from the file names, so an op needs no second declaration and
# no static constructor that a linker could drop.
set(WEFT_OP_LIST ${CMAKE_CURRENT_BINARY_DIR}/op_list.cpp)
set(declarations "")
set(calls "")
foreach(file IN LISTS WEFT_OPS)
  get_filename_component(name ${file} NAME_WE)
  string(APPEND declarations "void register_${name}(Registry&);\n")
  string(APPEND calls "  register_${name}(registry);\n")
endforeach()
file(CONFIGURE OUTPUT ${WEFT_OP_LIST} CONTENT
"#include \"weft/registry.h\"

namespace weft::ops {
${declarations}
void register_all(Registry& registry) {
${calls}}
}  // namespace weft::ops
")
