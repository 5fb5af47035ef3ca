# The page of the report, made of tools/report by npm and compiled into the
# library. Without npm or its packages the library is built all the same, and
# only writing a report says that there is no page.
option(WEFT_REPORT_PAGE "Build the page of the report, which takes npm"
  ${PROJECT_IS_TOP_LEVEL})
set(source ${CMAKE_CURRENT_SOURCE_DIR}/tools/report)
set(work ${CMAKE_CURRENT_BINARY_DIR}/report_page)
set(WEFT_REPORT_PAGE_NODE "")
if(WEFT_REPORT_PAGE)
  find_program(WEFT_NPM npm)
  find_program(WEFT_NODE NAMES node nodejs)
  mark_as_advanced(WEFT_NPM WEFT_NODE)
endif()
if(WEFT_REPORT_PAGE AND WEFT_NPM AND WEFT_NODE)
  foreach(file IN ITEMS package.json package-lock.json)
    configure_file(${source}/${file} ${work}/${file} COPYONLY)
  endforeach()
  file(SHA256 ${source}/package-lock.json lock)
  if(NOT EXISTS ${work}/${lock}.installed)
    message(STATUS "Fetching the packages of the report's page")
    execute_process(COMMAND ${WEFT_NPM} ci --no-audit --no-fund
      WORKING_DIRECTORY ${work} RESULT_VARIABLE failed
      OUTPUT_QUIET ERROR_VARIABLE why TIMEOUT 300)
    if(failed)
      message(STATUS "Fetching failed; `weft report` will say so\n${why}")
    else()
      file(WRITE ${work}/${lock}.installed "")
    endif()
  endif()
  if(EXISTS ${work}/${lock}.installed)
    set(WEFT_REPORT_PAGE_NODE ${work}/node_modules)
  endif()
endif()

set(page ${work}/page.cpp)
if(WEFT_REPORT_PAGE_NODE)
  file(GLOB parts CONFIGURE_DEPENDS ${source}/*.js ${source}/*.mjs
    ${source}/*.css ${source}/*.html)
  add_custom_command(OUTPUT ${page}
    COMMAND ${WEFT_NODE} ${source}/build.mjs ${WEFT_REPORT_PAGE_NODE} ${page}
    DEPENDS ${parts} ${source}/package-lock.json
    COMMENT "Bundling the report's page" VERBATIM)
else()
  set(page ${work}/no_page.cpp)
  file(CONFIGURE OUTPUT ${page} @ONLY CONTENT
"#include \"src/report/page.h\"
namespace weft::report {
std::string_view page() { return {}; }
}
")
endif()
list(APPEND WEFT_SOURCES ${page})
